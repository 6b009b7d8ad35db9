/* Any bytes as a mapping file over a small DBC file: refused with a problem, or frames run through it. */
#include "sensors/can/can_scan.h"
#include "sensors/can/can_wheels.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char dbc_text[] =
    "BO_ 1 A: 8 N\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" N\n SG_ Y : 8|8@1- (1,0) [0|0] \"\" N\n"
    " SG_ V : 16|8@1- (1,0) [0|0] \"\" N\n SG_ I : 24|3@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 2 B1: 8 N\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" N\n SG_ Y : 8|8@1- (1,0) [0|0] \"\" N\n"
    " SG_ V : 16|8@1- (1,0) [0|0] \"\" N\n SG_ I : 24|3@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 3 B2: 8 N\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" N\n SG_ Y : 8|8@1- (1,0) [0|0] \"\" N\n"
    " SG_ V : 16|8@1- (1,0) [0|0] \"\" N\n SG_ I : 24|3@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 4 H: 1 N\n SG_ C : 0|3@1+ (1,0) [0|0] \"\" N\n";

static char path[] = "/tmp/posed-fuzz-XXXXXX";

static void remove_database(void)
{
    unlink(path);
}

static const char *database(void)
{
    static bool made;
    if (!made) {
        int fd = mkstemp(path);
        if (fd < 0 || atexit(remove_database) != 0 ||
            write(fd, dbc_text, sizeof dbc_text - 1) != (ssize_t)sizeof dbc_text - 1)
            abort();
        close(fd);
        made = true;
    }
    return path;
}

static can_bus_frame next_frame(uint32_t *seed, int64_t *ns)
{
    can_bus_frame f = {.size = 8};
    *seed = *seed * 1664525u + 1013904223u;
    f.id = 1 + (*seed >> 28) % 4;
    *ns += (*seed >> 8) % 20000000;
    f.stamp_ns = *ns;
    for (int i = 0; i < 4; i++)
        f.data[i] = (uint8_t)(*seed >> 4 * i);
    return f;
}

static void run_scan(const can_radar_rules *rules)
{
    can_scan *s = can_scan_create(rules);
    uint32_t seed = 1;
    int64_t ns = 0;
    frame out;
    for (int i = 0; s && i < 64; i++) {
        can_bus_frame f = next_frame(&seed, &ns);
        can_scan_result result = can_scan_take(s, &f);
        if (result == CAN_SCAN_NEXT && (!can_scan_finish(s, &out) || can_scan_take(s, &f) == CAN_SCAN_NEXT))
            abort();
        if (can_scan_deadline(s) != INT64_MAX && can_scan_deadline(s) <= ns)
            abort();
        if (result == CAN_SCAN_DONE && !can_scan_finish(s, &out))
            abort();
    }
    can_scan_destroy(s);
}

static void run_wheels(const can_wheel_rules *rules)
{
    can_wheels w;
    uint32_t seed = 1;
    int64_t ns = 0;
    frame out;
    can_wheels_init(&w, rules);
    for (int i = 0; i < 16; i++) {
        can_bus_frame f = next_frame(&seed, &ns);
        can_wheels_take(&w, &f, &out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    config_problems *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    for (int kind = CAN_MAPPING_VEHICLE; kind <= CAN_MAPPING_RADAR; kind++) {
        p->count = 0;
        can_mapping *m =
            can_mapping_parse("fuzz", (const char *)data, size, (can_mapping_kind)kind, database(), p);
        if ((m != NULL) != (p->count == 0))
            abort();
        for (size_t i = 0; m && kind == CAN_MAPPING_RADAR && i < can_mapping_radar_count(m); i++)
            run_scan(can_mapping_radar(m, i));
        if (m && kind == CAN_MAPPING_VEHICLE)
            run_wheels(can_mapping_wheels(m));
        can_mapping_destroy(m);
    }
    free(p);
    return 0;
}
