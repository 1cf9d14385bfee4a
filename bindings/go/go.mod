// SPDX-License-Identifier: MIT
// The name has no host in it: the module is used from the source tree, by a replace directive (see README.md).
module libctr/ctr

go 1.19
