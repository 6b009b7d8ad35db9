#include "sensors/gnss/ubx_read.h"

#include <math.h>

enum { MON_HW_SIZE_M8 = 60, RF_BLOCK = 24 };

static float jamming(unsigned state, uint8_t indicator)
{
    switch (state) {
    case 1:
        return 0.5f * (float)indicator / 255.0f;
    case 2:
        return 0.75f;
    case 3:
        return 1.0f;
    default:
        return (float)indicator / 255.0f;
    }
}

float ubx_spoofing(unsigned state)
{
    static const float by_state[] = {NAN, 0.0f, 0.75f, 1.0f};
    return state < sizeof by_state / sizeof by_state[0] ? by_state[state] : NAN;
}

/* 17 pins in generation 7 and later, 25 in 5 and 6, which have no interference monitor before firmware 6.02;
 * its state is "off" there. */
bool ubx_mon_hw(const uint8_t *p, size_t size, gnss_report *r)
{
    uint8_t indicator = p[size == MON_HW_SIZE_M8 ? 45 : 53];
    r->jamming = jamming(p[22] >> 2 & 3, indicator);
    return true;
}

/* The worst of all radio blocks. */
bool ubx_mon_rf(const uint8_t *p, size_t size, gnss_report *r)
{
    for (size_t i = 0; i < p[1]; i++) {
        const uint8_t *block = p + 4 + RF_BLOCK * i;
        if (4 + RF_BLOCK * (i + 1) > size)
            break;
        r->jamming = fmaxf(r->jamming, jamming(block[1] & 3, block[16]));
    }
    return true;
}

/* Version 1 has a byte of flags for each, version 2 one for both. A detector that is off says nothing. */
bool ubx_sec_sig(const uint8_t *p, size_t size, gnss_report *r)
{
    unsigned jam, spoof;
    if (p[0] == 1 && size >= 12) {
        jam = p[4];
        spoof = p[8];
    } else if (p[0] == 2) {
        jam = p[1];
        spoof = p[1] >> 3;
    } else {
        return false;
    }
    if ((jam & 1) && (jam >> 1 & 3))
        r->jamming = jamming(jam >> 1 & 3, 0);
    if (spoof & 1)
        r->spoofing = ubx_spoofing(spoof >> 1 & 7);
    return true;
}
