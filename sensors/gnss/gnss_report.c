#include "sensors/gnss/gnss_report.h"

#include <math.h>
#include <string.h>

void gnss_report_init(gnss_report *r)
{
    memset(r, 0, sizeof *r);
    r->of_day_ns = r->of_week_ns = r->utc_ns = GNSS_NO_TIME;
    r->day = GNSS_NO_DAY;
    r->week = r->leap_s = r->satellites = -1;
    r->latitude_deg = r->longitude_deg = r->height_m = r->altitude_m = (double)NAN;
    for (int i = 0; i < 3; i++) {
        r->ecef_mps[i] = r->datum_off[i] = (double)NAN;
        r->enu_mps[i] = NAN;
    }
    r->speed_mps = r->course_deg = NAN;
    r->h_acc_m = r->v_acc_m = r->speed_acc_mps = NAN;
    r->hdop = r->jamming = r->spoofing = NAN;
}
