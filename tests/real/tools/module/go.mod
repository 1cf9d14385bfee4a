// SPDX-License-Identifier: MIT
module workload

go 1.19
