/*
 * bench_map_file: what opening a compiled map of 100,000 elements takes, what memory, and what a look-up
 * costs in it and in one a hundredth as large.
 */
#include "common/clock.h"
#include "fusion/geodesy.h"
#include "map/pmap_build.h"
#include "tests/map/map_rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPENS = 21, QUERIES = 20000, ROOM = 1024 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Resident set of this process, MiB. */
static double resident_mib(void)
{
    FILE *in = fopen("/proc/self/statm", "r");
    long pages = 0, resident = 0;
    if (in && fscanf(in, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (in)
        fclose(in);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static bool write_grid(uint32_t side, const char *path)
{
    const pmap_options o = {100, PMAP_SIGMA_M, PMAP_SECTION_SIGMA_M};
    map_data m;
    error e = {""};
    size_t size;
    void *bytes = rig_grid(&m, side, side) ? pmap_build(&m, &o, &size, &e) : NULL;
    bool good = bytes && pmap_save(bytes, size, path, &e);
    if (!good)
        fprintf(stderr, "%s\n", e.text);
    free(bytes);
    map_data_finish(&m);
    return good;
}

static double open_ms(const char *path)
{
    double times[OPENS];
    error e = {""};
    for (int i = 0; i < OPENS; i++) {
        double begin = monotonic_s();
        pmap *p = pmap_open(path, &e);
        times[i] = 1e3 * (monotonic_s() - begin);
        if (!p)
            return NAN;
        pmap_close(p);
    }
    qsort(times, OPENS, sizeof *times, by_size);
    return times[OPENS / 2];
}

/* Microseconds of one look-up, along a way through the map, 1 m from one to the next. */
static double query_us(const map_view *v, uint32_t side, double radius_m, bool lanes, double *found)
{
    static const double degrees = 0.017453292519943295;
    uint32_t near[ROOM];
    size_t sum = 0;
    double spent_s = 0;
    for (int i = 0; i < QUERIES; i++) {
        double at_m[3], way = fmod(i * 0.01 / side, 1), x = 0.2 + 0.6 * way, y = 0.8 - 0.6 * way;
        geodetic_to_ecef((49 + y * side * 9e-4) * degrees, (8 + x * side * 1.37e-3) * degrees, 100, at_m);
        double begin = monotonic_s();
        sum += lanes ? map_near_lanes(v, at_m, radius_m, near, ROOM)
                     : map_near_marks(v, at_m, radius_m, near, ROOM);
        spent_s += monotonic_s() - begin;
    }
    *found = (double)sum / QUERIES;
    return 1e6 * spent_s / QUERIES;
}

static int measure(uint32_t side)
{
    char path[] = "/tmp/posed-bench-XXXXXX";
    int file = mkstemp(path);
    error e = {""};
    if (file < 0 || close(file) != 0 || !write_grid(side, path))
        return EXIT_FAILURE;
    double before_mib = resident_mib(), ms = open_ms(path), begin = monotonic_s();
    pmap *p = pmap_open(path, &e);
    if (!p)
        return EXIT_FAILURE;
    const map_view *v = pmap_view(p);
    printf("%u elements (%u marks, %u lines, %u lanes), %.1f MB\n",
           v->mark_count + v->line_count + v->lane_count, v->mark_count, v->line_count, v->lane_count,
           1e-6 * (double)pmap_get_header(p)->file_size);
    double more_mib = resident_mib() - before_mib;
    begin = monotonic_s();
    bool intact = pmap_verify(p, &e);
    printf("  open %.2f ms (median of %d), %.1f MiB resident; checksum %.1f ms%s\n", ms, OPENS, more_mib,
           1e3 * (monotonic_s() - begin), intact ? "" : ", WRONG");
    static const double radii_m[] = {50, 80, 150, 300};
    for (size_t i = 0; i < sizeof radii_m / sizeof *radii_m; i++) {
        double marks, lanes;
        double mark_us = query_us(v, side, radii_m[i], false, &marks),
               lane_us = query_us(v, side, radii_m[i], true, &lanes);
        printf("  within %3.0f m: marks %6.2f us (%.1f found), lanes %6.2f us (%.1f found)\n", radii_m[i],
               mark_us, marks, lane_us, lanes);
    }
    pmap_close(p);
    remove(path);
    return EXIT_SUCCESS;
}

int main(void)
{
    if (measure(14) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    return measure(142);
}
