#include "tests/fusion/bank_host.h"

#include "fusion/integrity/bank.h"

#include <check.h>
#include <stdio.h>

fusion *bank_host_core(settings *set, const map_view *map, const char *sources)
{
    const fusion_sinks sinks = {0};
    char name[64];
    int length;
    settings_default(set);
    for (const char *at = sources; sscanf(at, "%63s%n", name, &length) == 1; at += length)
        ck_assert_ptr_nonnull(settings_add_source(set, name));
    fusion *c = map ? fusion_create_on_map(set, &sinks, map) : fusion_create(set, &sinks);
    ck_assert_ptr_nonnull(c);
    return c;
}

void bank_host_place(fusion *c, const double q_b_ecef[4], const double velocity_mps[3])
{
    const double at_m[3] = {6378237.0, 0.0, 0.0};
    filter_place(&c->f, 1000000000000, at_m, velocity_mps, q_b_ecef);
    c->applied_ns = c->f.stamp_ns;
    c->running = true;
}

/* Those that leave out a part of what a source says come after the one that leaves out all of it. */
bank_hypothesis *bank_host_without(fusion *c, uint32_t sources)
{
    for (int h = 0; h < c->bank.count; h++) {
        if (c->bank.of[h].sources == sources)
            return &c->bank.of[h];
    }
    ck_abort_msg("no hypothesis leaves out the sources %x", (unsigned)sources);
}
