/* SPDX-License-Identifier: MIT */
/* Uses argv[1] milliseconds of processor time. */
#include <stdlib.h>
#include <time.h>

int main(int argc, char** argv)
{
    clock_t wanted = (clock_t)(argc > 1 ? atol(argv[1]) : 100) * (CLOCKS_PER_SEC / 1000);
    while (clock() < wanted)
        ;
    return 0;
}
