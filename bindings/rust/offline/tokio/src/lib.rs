// SPDX-License-Identifier: MIT
compile_error!("the feature `tokio` needs tokio itself: run cargo without `--config offline/config.toml`");
