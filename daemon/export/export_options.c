#include "daemon/export/export_options.h"

#include "config/suggest.h"
#include "daemon/option_refuse.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_EVERY = 256, OPTION_OF };

static const struct option long_options[] = {
    {"every", required_argument, NULL, OPTION_EVERY},
    {"of", required_argument, NULL, OPTION_OF},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {NULL, 0, NULL, 0},
};

const track_format *const track_formats[] = {&track_geojson, &track_gpx, &track_nmea, &track_tum};
const size_t track_format_count = sizeof track_formats / sizeof *track_formats;

static bool take_every(const char *text, double *every_s, error *e)
{
    char *end;
    *every_s = strtod(text, &end);
    if (end == text || *end != '\0' || !(*every_s >= 0.0 && *every_s <= 86400.0))
        return error_set(e, "--every: \"%s\" is not a number of seconds from 0 to 86400", text);
    return true;
}

static bool take_format(const char *name, export_options *o, error *e)
{
    config_nearest nearest = {.word = name};
    config_nearest_offer(&nearest, "csv");
    if (strcmp(name, "csv") == 0)
        return true;
    for (size_t i = 0; i < track_format_count; i++) {
        config_nearest_offer(&nearest, track_formats[i]->name);
        if (strcmp(name, track_formats[i]->name) == 0) {
            o->format = track_formats[i];
            return true;
        }
    }
    return error_set(e, "there is no format \"%s\"%s%s; there are csv, geojson, gpx, nmea and tum", name,
                     nearest.best ? ", did you mean " : "", nearest.best ? nearest.best : "");
}

static bool check(const export_options *o, error *e)
{
    if (o->format)
        return true;
    if (!o->output)
        return error_set(e, "csv needs a directory: -o DIR");
    if (o->of || o->every_s > 0.0)
        return error_set(e, "--of and --every are for tracks; csv is all that the drive holds");
    return true;
}

bool export_options_parse(int argc, char **argv, export_options *o, error *e)
{
    int option;
    optind = 0; /* from the start, whoever read a command line before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:q", long_options, NULL)) != -1) {
        switch (option) {
        case 'o':
            o->output = optarg;
            break;
        case 'q':
            o->quiet = true;
            break;
        case OPTION_OF:
            o->of = optarg;
            break;
        case OPTION_EVERY:
            if (!take_every(optarg, &o->every_s, e))
                return false;
            break;
        default:
            return option_refuse(argv, option, long_options, e);
        }
    }
    if (argc - optind < 2)
        return error_set(e, optind == argc ? "the format is missing: csv, geojson, gpx, nmea or tum"
                                           : "the drive is missing");
    if (argc - optind > 2)
        return error_set(e, "one drive at a time, not also %s", argv[optind + 2]);
    o->drive = argv[optind + 1];
    return take_format(argv[optind], o, e) && check(o, e);
}
