#include "daemon/command.h"
#include "daemon/map_use.h"
#include "daemon/out_file.h"
#include "daemon/replay/pose_csv.h"
#include "daemon/replay/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Plays the frames of a recorded drive (MCAP) through the fusion core, as fast as it goes, and says\n"
    "what came of it. Truth in the drive is used for the evaluation only.\n"
    "\n"
    "Options:\n"
    "  -c, --config CONFIG        settings (YAML) over the defaults and over those that the drive brings\n"
    "  -o, --output OUT.mcap      write poses, verdicts, status, faults and the settings in force\n"
    "      --with-input           and the frames and the truth that were played\n"
    "      --csv OUT.csv          write the poses as comma-separated values\n"
    "      --without WORD[,...]   leave out sources: a kind (gnss, imu, wheel, radar, camera, roadside,\n"
    "                             odometry, landmarks, lanes, camera_health) or a source (gnss/ublox or\n"
    "                             ublox)\n"
    "      --drop WORD:FROM-TO    leave out what was measured from FROM to TO, seconds from the drive's\n"
    "                             start; may be given often\n"
    "      --inject FAULTS.yaml   let faults happen to the frames; may be given often (docs/INJECT.md)\n"
    "      --inject-seed N        another draw of their random numbers\n"
    "      --map MAP.pmap         compare what cameras see with this map (posed map build makes one);\n"
    "                             default: that of CONFIG, if it names one\n"
    "      --from S, --to S       play what was measured from S to S, seconds from the drive's start\n"
    "      --shuffle SEED         permute the order of arrival inside the out-of-sequence window\n"
    "      --live                 poses as posed run would have published them: as of each moment, with "
    "what\n"
    "                             had been received; in OUT.mcap the final estimates go to posed/v1/track\n"
    "      --speed X              play at X times real time\n"
    "      --summary FORMAT       text (default), json or none\n"
    "  -q, --quiet                no progress, no warnings\n"
    "      --help                 this text\n"
    "\n"
    "Examples:\n"
    "  posed replay drive.mcap\n"
    "  posed replay drive.mcap --drop gnss:25-55 --summary json\n"
    "  posed replay drive.mcap --inject sim/faults/gnss_jump_50.yaml\n"
    "  posed replay drive.mcap --without imu,wheel --csv poses.csv\n";

/* An output that is the input would be gone before it was read. */
static bool check_outputs(const replay_options *o, error *e)
{
    const char *const outputs[] = {o->output, o->csv};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        if (!outputs[i])
            continue;
        if (same_file(outputs[i], o->drive))
            return error_set(e, "%s is the drive itself", outputs[i]);
        if (o->config && same_file(outputs[i], o->config))
            return error_set(e, "%s is the configuration itself", outputs[i]);
        if (o->map_file && same_file(outputs[i], o->map_file))
            return error_set(e, "%s is the map itself", outputs[i]);
        for (size_t k = 0; k < o->inject_count; k++) {
            if (same_file(outputs[i], o->injects[k]))
                return error_set(e, "%s is a file of faults", outputs[i]);
        }
    }
    if (o->output && o->csv && same_file(o->output, o->csv))
        return error_set(e, "-o and --csv name the same file");
    return true;
}

static void warn(const replay_options *o, const replay_result *r)
{
    if (o->quiet)
        return;
    map_use_warn("replay", o->drive, r->recorded_maps, r->recorded_map_count, &r->map);
    if (r->damage[0])
        fprintf(stderr, "posed replay: %s is damaged: %s\n", o->drive, r->damage);
    for (size_t i = 0; i < r->settings->source_count; i++) {
        if (r->tallies[i].malformed > 0)
            fprintf(stderr, "posed replay: %s: %llu malformed messages were dropped\n",
                    r->settings->sources[i].name, (unsigned long long)r->tallies[i].malformed);
    }
    if (r->injected_lost > 0)
        fprintf(stderr, "posed replay: %llu delayed messages were more than can wait and were dropped\n",
                (unsigned long long)r->injected_lost);
    if (r->malformed_truth > 0)
        fprintf(stderr, "posed replay: %llu malformed truth points were dropped\n",
                (unsigned long long)r->malformed_truth);
}

static bool colour_wanted(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
}

/* What comes after the measured part: numbers, the CSV file, the summary. */
static int conclude(const replay_options *o, replay_result *r, out_file *csv, error *e)
{
    report *rep = calloc(1, sizeof *rep);
    int code = EXIT_BAD;
    bool printed = true;
    if (!rep) {
        error_set(e, "out of memory");
        goto done;
    }
    if (!report_make(rep, o, r, e))
        goto done;
    if (csv && !pose_csv_write(out_file_stream(csv), r->poses, r->pose_count)) {
        error_set(e, "%s: cannot write: %s", o->csv, strerror(errno));
        goto done;
    }
    if (o->summary == SUMMARY_TEXT)
        printed = report_print_text(rep, stdout, colour_wanted());
    else if (o->summary == SUMMARY_JSON)
        printed = report_print_json(rep, stdout);
    if (!printed) {
        error_set(e, "cannot write the summary");
        goto done;
    }
    code = EXIT_OK;
done:
    if (rep)
        report_finish(rep);
    free(rep);
    return code;
}

static int replay(const replay_options *o, error *e)
{
    replay_result *r = calloc(1, sizeof *r);
    out_file *csv = o->csv ? out_file_open(o->csv, e) : NULL;
    int code = EXIT_BAD;
    if (!r)
        error_set(e, "out of memory");
    if (!r || (o->csv && !csv))
        goto done;
    code = replay_run(o, r, e);
    if (code != EXIT_OK)
        goto done;
    warn(o, r);
    code = conclude(o, r, csv, e);
done:
    if (!out_file_close(csv, code != EXIT_OK, e))
        code = EXIT_BAD;
    if (r)
        replay_result_finish(r);
    free(r);
    return code;
}

static int run(int argc, char **argv)
{
    error e = {""};
    replay_options *o = calloc(1, sizeof *o);
    int code = EXIT_USAGE;
    if (!o) {
        error_set(&e, "out of memory");
        code = EXIT_BAD;
    } else if (replay_options_parse(argc, argv, o, &e) && check_outputs(o, &e)) {
        code = replay(o, &e);
    }
    free(o);
    return code == EXIT_OK ? EXIT_OK : command_fail("replay", code, "%s", e.text);
}

const command command_replay = {
    .name = "replay",
    .arguments = "DRIVE [options]",
    .summary = "turn a recorded drive into poses and judge them",
    .help = help,
    .run = run,
};
