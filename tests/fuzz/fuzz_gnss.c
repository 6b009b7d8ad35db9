/*
 * Any bytes as those of a GNSS receiver: every fix is one that a frame can hold, and the pieces in which the
 * bytes come make no difference.
 */
#include "sensors/gnss/gnss_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    size_t count;
    uint64_t sum; /* of all that the fixes say */
} tally;

static bool is_claim(float value)
{
    return isnan(value) || value >= 0.0f;
}

static bool is_share(float value)
{
    return isnan(value) || (value >= 0.0f && value <= 1.0f);
}

static void check(const gnss_fix *fix)
{
    const frame_gnss *g = &fix->gnss;
    bool none = g->fix == GNSS_FIX_NONE;
    bool placed = fabs(g->latitude_rad) <= 1.5707963267948968 && fabs(g->longitude_rad) <= 3.1415926535897936;
    if (g->fix > GNSS_FIX_FIXED || placed == none || !is_claim(g->h_acc_m) || !is_claim(g->v_acc_m) ||
        !is_claim(g->speed_acc_mps) || !is_share(g->jamming) || !is_share(g->spoofing) || g->satellites < -1)
        abort();
    if (!isnan(g->course_rad) && !(g->course_rad >= 0.0f && g->course_rad <= 6.2831860f))
        abort();
}

static void take(void *context, const gnss_fix *fix)
{
    tally *t = context;
    check(fix);
    double parts[] = {fix->gnss.latitude_rad, fix->gnss.height_m, (double)fix->gnss.speed_mps};
    t->count++;
    t->sum = t->sum * 31 + (uint64_t)fix->stamp_ns + fix->gnss.fix;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint64_t bits = 1;
        if (!isnan(parts[i]))
            memcpy(&bits, &parts[i], sizeof bits);
        t->sum = t->sum * 31 + bits;
    }
}

static tally read_all(const uint8_t *data, size_t size, size_t piece, bool live)
{
    tally t = {0, 0};
    gnss_reader *r = malloc(sizeof *r);
    if (!r)
        return t;
    gnss_reader_init(r, live, (gnss_sink){&t, take});
    if (live)
        gnss_epoch_set_near(&r->epoch, INT64_C(1795000000000000000));
    for (size_t at = 0; at < size; at += piece)
        gnss_reader_feed(r, data + at, size - at < piece ? size - at : piece, 0);
    gnss_reader_end(r);
    free(r);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int live = 0; live < 2; live++) {
        tally whole = read_all(data, size, size ? size : 1, live);
        tally pieces = read_all(data, size, 7, live);
        if (whole.count != pieces.count || whole.sum != pieces.sum)
            abort();
    }
    return 0;
}
