// SPDX-License-Identifier: MIT
#pragma once

namespace ctr::sys {

// Lets another task of this processor go first. On a busy machine it does nothing: a whole time slice would be given away.
void give_way();

} // namespace ctr::sys
