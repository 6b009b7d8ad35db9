/*
 * bench_allocations DRIVE: calls of the allocator while the core runs over a drive. More than none fails:
 * nothing is allocated after fusion_create.
 */
#include "tests/bench/count_allocations.h"
#include "tests/bench/play.h"

#include <stdio.h>

enum { SKIPPED = 77 };

int main(int argc, char **argv)
{
    error e = {""};
    play_tally t;
    if (argc != 2)
        return 2;
    if (!allocations_are_counted()) {
        puts("skipped: another allocator has taken over");
        return SKIPPED;
    }
    if (!play_drive(argv[1], allocations_counted, frees_counted, &t, &e)) {
        fprintf(stderr, "bench_allocations: %s\n", e.text);
        return 1;
    }
    printf("%-46s %10s %12s  target\n", "core after fusion_create", "calls", "per frame");
    printf("%-46s %10ld %12.6f  0\n", "allocations", t.allocations, (double)t.allocations / (double)t.frames);
    printf("%-46s %10ld %12.6f  0\n", "frees", t.frees, (double)t.frees / (double)t.frames);
    printf("%ld frames, %ld poses, %ld verdicts\n", t.frames, t.poses, t.verdicts);
    return t.allocations == 0 && t.frees == 0 && t.poses > 0 && t.verdicts > 0 ? 0 : 1;
}
