#include "daemon/replay/pose_csv.h"

#include "sensors/import/csv_row.h"

#include <inttypes.h>
#include <math.h>

static const double deg = 180 / M_PI;

static void write_cell(FILE *out, double value, int digits)
{
    if (isfinite(value))
        fprintf(out, ",%.*f", digits, value);
    else
        fputc(',', out);
}

void pose_csv_row(FILE *out, const fusion_pose *p)
{
    csv_write_time(out, p->stamp_ns);
    write_cell(out, p->latitude_rad * deg, 10); /* 0.01 mm */
    write_cell(out, p->longitude_rad * deg, 10);
    write_cell(out, p->height_m, 4);
    for (int i = 0; i < 3; i++)
        write_cell(out, p->velocity_enu_mps[i], 4);
    write_cell(out, p->roll_rad * deg, 4);
    write_cell(out, p->pitch_rad * deg, 4);
    write_cell(out, p->heading_rad * deg, 4);
    for (int i = 0; i < 3; i++)
        write_cell(out, sqrt(p->covariance[i][i]), 4);
    write_cell(out, sqrt(p->covariance[5][5]) * deg, 4);
    fprintf(out, ",%s,%d", fusion_mode_word((fusion_mode)p->mode), p->usable);
    write_cell(out, p->confidence, 4);
    write_cell(out, p->protection_along_m, 3);
    write_cell(out, p->protection_cross_m, 3);
    write_cell(out, p->protection_vertical_m, 3);
    write_cell(out, p->protection_horizontal_m, 3);
    write_cell(out, p->protection_heading_rad * deg, 4);
    if (p->lane_id != 0)
        fprintf(out, ",%" PRId64 ",%.4f", (int64_t)p->lane_id, (double)p->lane_probability);
    else
        fputs(",,", out);
    fputc('\n', out);
}

void pose_csv_header(FILE *out)
{
    fputs("stamp_s,latitude_deg,longitude_deg,height_m,v_east_mps,v_north_mps,v_up_mps,roll_deg,pitch_deg,"
          "heading_deg,"
          "sigma_east_m,sigma_north_m,sigma_up_m,sigma_heading_deg,mode,usable,confidence,"
          "protection_along_m,protection_cross_m,protection_vertical_m,protection_horizontal_m,"
          "protection_heading_deg,lane_id,lane_probability\n",
          out);
}

bool pose_csv_write(FILE *out, const fusion_pose *poses, size_t count)
{
    pose_csv_header(out);
    for (size_t i = 0; i < count && !ferror(out); i++)
        pose_csv_row(out, &poses[i]);
    return !ferror(out);
}
