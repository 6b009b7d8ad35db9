/* posed export: what a drive holds, for other programs. */
#include "daemon/command.h"
#include "daemon/export/export_csv.h"
#include "daemon/export/export_options.h"
#include "daemon/export/export_way.h"
#include "daemon/out_file.h"
#include "daemon/printable.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Formats:\n"
    "  csv       all that the drive holds, in the layout that posed import csv reads (gnss.csv, imu.csv,\n"
    "            ..., truth.csv, drive.yaml), and poses.csv and track.csv; OUT is a directory, new or empty\n"
    "  geojson   a track, a coloured line for each stretch of one mode\n"
    "  gpx       a track, GPX 1.1\n"
    "  nmea      a track as NMEA 0183: GGA, RMC (its status: S a usable pose, U not), GST, HDT\n"
    "  tum       a track, a line per point: time, metres east, north and up of the first one, quaternion\n"
    "\n"
    "Options:\n"
    "  -o, --output OUT   where to; a track without it goes to standard output\n"
    "      --of WHAT      the track of what: pose (default), track (final estimates of a live replay),\n"
    "                     truth, or a receiver (gnss/ublox)\n"
    "      --every S      points at least S seconds apart; default: all\n"
    "  -q, --quiet        no summary, no warnings\n"
    "      --help         this text\n"
    "\n"
    "A pose without a position has no point, and in gpx and tum, which cannot say it, nor has one that\n"
    "is LOST. Heights are above the ellipsoid. The poses of a drive are made by posed replay -o.\n"
    "\n"
    "Examples:\n"
    "  posed replay drive.mcap -o poses.mcap && posed export geojson poses.mcap -o way.geojson\n"
    "  posed export tum poses.mcap > poses.tum; posed export tum drive.mcap --of truth > truth.tum\n"
    "  posed export csv drive.mcap -o drive/\n";

static int fail(int code, const error *e)
{
    char text[sizeof e->text]; /* with what a file has, which is shown */
    printable_copy(e->text, strlen(e->text), text, sizeof text);
    return command_fail("export", code, "%s", text[0] != '\0' ? text : "failed");
}

static void warn(const export_options *o, export_items *x, size_t empty)
{
    const char *damage = mcap_reader_damage(export_items_reader(x));
    if (o->quiet)
        return;
    if (damage)
        fprintf(stderr, "posed export: %s is damaged: %s\n", o->drive, damage);
    if (export_items_malformed(x) > 0)
        fprintf(stderr, "posed export: %zu messages could not be decoded and are left out\n",
                export_items_malformed(x));
    if (empty > 0)
        fprintf(stderr, "posed export: %zu scans and pictures hold nothing, which has no row\n", empty);
}

static bool to_csv(const export_options *o, export_items *x, error *e)
{
    export_csv_count count = {0};
    if (!export_csv(x, o->output, &count, e))
        return false;
    warn(o, x, count.empty);
    if (!o->quiet)
        printf("%s: %zu files; %zu frames, %zu poses, %zu truth points\n", o->output, count.files,
               count.frames, count.poses, count.truths);
    return true;
}

static bool to_track(const export_options *o, export_items *x, error *e)
{
    export_way_count count = {0};
    out_file *file = o->output ? out_file_open(o->output, e) : NULL;
    if (o->output && !file)
        return false;
    FILE *out = file ? out_file_stream(file) : stdout;
    bool ok = export_way(x, o, out, &count, e);
    if (!file && (fflush(out) != 0 || ferror(out)))
        ok = error_set(e, "cannot write the track");
    if (!out_file_close(file, !ok, e) || !ok)
        return false;
    warn(o, x, 0);
    if (!o->quiet && file)
        printf("%s: %zu points, %.1f s\n", o->output, count.points, count.duration_s);
    return true;
}

static int run(int argc, char **argv)
{
    export_options o = {0};
    error e = {""};
    if (!export_options_parse(argc, argv, &o, &e))
        return fail(EXIT_USAGE, &e);
    if (o.output && same_file(o.drive, o.output)) {
        error_set(&e, "%s is the drive itself", o.output);
        return fail(EXIT_USAGE, &e);
    }
    export_items *x = export_items_open(o.drive, &e);
    bool ok = x && (o.format ? to_track(&o, x, &e) : to_csv(&o, x, &e));
    export_items_close(x);
    return ok ? EXIT_OK : fail(EXIT_BAD, &e);
}

const command command_export = {
    .name = "export",
    .arguments = "FORMAT DRIVE [-o OUT] [options]",
    .summary = "give what a drive holds to other programs: tables, tracks",
    .help = help,
    .run = run,
};
