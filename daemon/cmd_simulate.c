/* posed simulate: a drive out of a scenario. */
#include "common/clock.h"
#include "config/config.h"
#include "daemon/command.h"
#include "daemon/like.h"
#include "daemon/progress.h"
#include "daemon/simulate_options.h"
#include "inject/inject.h"
#include "sim/sim.h"
#include "wire/drive.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char help[] =
    "Drives a simulated vehicle along a road, and writes what its sensors say and where it really was.\n"
    "The same scenario and seed give the same file, byte for byte.\n"
    "With --like, the scenario is made from a recorded drive: the vehicle goes where and as fast as it "
    "went,\n"
    "and each sensor gets the errors that the drive shows against its truth, or against posed's own poses\n"
    "where it brings none; none better than those of real parts. posed twin compares the two.\n"
    "\n"
    "Options:\n"
    "  -o, --output DRIVE.mcap    the drive to write\n"
    "      --seed N               of all that is random (default 1)\n"
    "      --duration S           seconds, instead of the scenario's\n"
    "      --without WORD[,...]   leave out sensors: a kind (gnss, imu, wheel, radar, camera, roadside,\n"
    "                             odometry) or one sensor (gnss/roof or roof)\n"
    "      --like DRIVE.mcap      make the scenario from this drive, in place of SCENARIO.yaml\n"
    "  -c, --config CONFIG        with --like: settings (YAML) over those that the drive brings\n"
    "      --inject FAULTS.yaml   faults to put into the frames, as posed replay --inject does\n"
    "      --map MAP.osm          also write the road as surveyed, as a Lanelet2 map\n"
    "      --print                print the scenario with every setting, and stop; with --like, each figure\n"
    "                             with how it was measured\n"
    "      --reference            print all that a scenario can set (docs/SCENARIO.md), and stop\n"
    "  -q, --quiet                no progress, no summary\n"
    "      --help                 this text\n"
    "\n"
    "Examples:\n"
    "  posed simulate sim/scenarios/town.yaml -o town.mcap --seed 7\n"
    "  posed replay town.mcap\n"
    "  posed simulate --like drive.mcap -o twin.mcap\n";

typedef struct {
    const simulate_options *options;
    sim_scenario *scenario;
    inject_plan *plan;
    inject *faults;
    likeness likeness; /* of --like */
    sim *stream;
    drive_writer *drive;
    const settings *config;
    frame *out;
    progress progress;
    size_t frames, truths;
    double start_s;
} simulation;

static bool fail_problems(const config_problems *p)
{
    config_problems_print(stderr, p);
    return false;
}

static bool load_scenario(simulation *m, config_problems *p, error *e)
{
    const simulate_options *o = m->options;
    if (o->like)
        return likeness_make(&m->likeness, o->like, o->config, o->output, o->quiet, m->scenario, e);
    return sim_scenario_load(m->scenario, o->scenario, p) || fail_problems(p) ||
           error_set(e, "%s cannot be used", o->scenario);
}

static bool load(simulation *m, error *e)
{
    const simulate_options *o = m->options;
    config_problems *p = calloc(1, sizeof *p);
    bool good = p ? load_scenario(m, p, e) : error_set(e, "out of memory");
    for (size_t i = 0; good && i < o->without_count; i++) {
        if (!sim_scenario_without(m->scenario, o->without[i]))
            good = error_set(e, "--without %s: the scenario has no such sensor", o->without[i]);
    }
    if (good && m->scenario->sensor_count == 0)
        good = error_set(e, "--without leaves no sensor");
    if (good && o->inject) {
        m->plan = inject_plan_load(o->inject, p);
        good = m->plan || fail_problems(p) || error_set(e, "%s cannot be used", o->inject);
    }
    if (good && o->duration_s > 0 && m->scenario->motion) /* not beyond what was recorded */
        m->scenario->duration_s = fmin(m->scenario->duration_s, o->duration_s);
    else if (good && o->duration_s > 0)
        m->scenario->duration_s = o->duration_s;
    free(p);
    return good;
}

/* The configuration goes into the drive as YAML; faults of the map change it. */
static bool write_head(simulation *m, error *e)
{
    char *text = NULL, seed[24];
    size_t size = 0;
    snprintf(seed, sizeof seed, "%" PRIu64, m->options->seed);
    const char *const pairs[][2] = {{"origin", "posed simulate"},
                                    {"scenario", m->scenario->name},
                                    {"seed", seed},
                                    {"faults", m->plan ? inject_plan_name(m->plan) : ""},
                                    {"version", POSED_VERSION}};
    FILE *memory = open_memstream(&text, &size);
    bool good = memory && config_print(memory, m->config);
    if (memory)
        good &= fclose(memory) == 0;
    good = (good || error_set(e, "out of memory")) && drive_write_config(m->drive, text, size) &&
           drive_write_metadata(m->drive, "posed", pairs, sizeof pairs / sizeof *pairs);
    free(text);
    return good;
}

static bool set_up(simulation *m, error *e)
{
    const simulate_options *o = m->options;
    m->stream = sim_create(m->scenario, o->seed, e);
    if (!m->stream)
        return false;
    m->scenario->config = *sim_settings(m->stream);
    m->config = &m->scenario->config;
    if (o->map && !sim_world_write_map(sim_get_world(m->stream), o->map, e))
        return false;
    if (m->plan) {
        config_problems *p = calloc(1, sizeof *p);
        bool good =
            p && (inject_apply_settings(m->plan, &m->scenario->config, NULL, o->seed, p) || fail_problems(p));
        free(p);
        if (!good)
            return error_set(e, "%s does not fit the scenario", o->inject);
        m->faults = inject_create(m->plan, m->config, o->seed);
        if (!m->faults)
            return error_set(e, "out of memory");
    }
    m->drive = drive_writer_open(o->output, e);
    return m->drive && write_head(m, e);
}

static bool write_frame(simulation *m, const frame *f)
{
    m->frames++;
    return drive_write_frame(m->drive, f, m->config->sources[f->source].name);
}

static bool write_due(simulation *m)
{
    bool good = true;
    while (good && inject_pull(m->faults, m->out))
        good = write_frame(m, m->out);
    return good;
}

static bool take_frame(simulation *m, const frame *f)
{
    if (m->progress.active) {
        double s = 1e-9 * (double)(f->received_ns - SIM_BEGIN_NS);
        progress_show(&m->progress, s / m->scenario->duration_s, s);
    }
    if (!m->faults)
        return write_frame(m, f);
    inject_push(m->faults, f);
    return write_due(m);
}

/* A writer that failed says so when it is closed. */
static void play(simulation *m, sim_item *item)
{
    bool good = true;
    sim_item_kind kind;
    while (good && (kind = sim_next(m->stream, item)) != SIM_END) {
        if (kind == SIM_FRAME) {
            good = take_frame(m, &item->frame);
        } else {
            m->truths++;
            good = drive_write_truth(m->drive, &item->truth);
        }
    }
    if (good && m->faults) {
        inject_finish(m->faults);
        write_due(m);
    }
}

static void print_summary(const simulation *m)
{
    double took_s = monotonic_s() - m->start_s;
    printf("%s: %s, seed %" PRIu64 ", %.0f s, %zu sensors, %zu frames, %zu truth points", m->options->output,
           m->scenario->name, m->options->seed, m->scenario->duration_s, m->scenario->sensor_count, m->frames,
           m->truths);
    if (m->plan)
        printf(", faults of %s", inject_plan_name(m->plan));
    printf("; %.2f s, %.0f x real time\n", took_s, m->scenario->duration_s / took_s);
}

static bool print_scenario(const simulation *m)
{
    return m->options->like ? sim_fit_print(stdout, m->likeness.fit)
                            : sim_scenario_print(stdout, m->scenario);
}

static void print_fit(const simulation *m)
{
    const sim_fit *f = m->likeness.fit;
    printf("like %s: %zu figures measured, %zu of them raised to the least that real parts have and %zu cut; "
           "%zu not\nmeasured: the defaults. --print lists them\n",
           m->options->like, f->count - sim_fit_count(f, SIM_FIT_KEPT) - sim_fit_count(f, SIM_FIT_REMARK),
           sim_fit_count(f, SIM_FIT_RAISED), sim_fit_count(f, SIM_FIT_CUT), sim_fit_count(f, SIM_FIT_KEPT));
}

static bool simulate(simulation *m, error *e)
{
    sim_item *item = calloc(1, sizeof *item);
    m->scenario = calloc(1, sizeof *m->scenario);
    m->out = calloc(1, sizeof *m->out);
    m->start_s = monotonic_s();
    progress_init(&m->progress, !m->options->quiet);
    bool good = item && m->scenario && m->out ? load(m, e) : error_set(e, "out of memory");
    if (good && m->options->print)
        good = print_scenario(m) || error_set(e, "cannot write the scenario");
    else if (good && (good = set_up(m, e)))
        play(m, item);
    progress_finish(&m->progress);
    if (m->drive)
        good = drive_writer_close(m->drive, !good, e) && good;
    if (good && !m->options->print && !m->options->quiet)
        print_summary(m);
    if (good && m->options->like && !m->options->print && !m->options->quiet)
        print_fit(m);
    inject_destroy(m->faults);
    inject_plan_destroy(m->plan);
    sim_destroy(m->stream);
    likeness_finish(&m->likeness);
    free(m->out);
    free(m->scenario);
    free(item);
    return good;
}

static int run(int argc, char **argv)
{
    error e = {""};
    simulate_options o;
    if (!simulate_options_parse(argc, argv, &o, &e))
        return command_fail("simulate", EXIT_USAGE, "%s", e.text);
    if (o.reference)
        return sim_scenario_write_reference(stdout) ? EXIT_OK : EXIT_BAD;
    simulation m = {.options = &o};
    if (simulate(&m, &e))
        return EXIT_OK;
    return command_fail("simulate", EXIT_BAD, "%s", e.text);
}

const command command_simulate = {
    .name = "simulate",
    .arguments = "SCENARIO.yaml|--like DRIVE.mcap -o DRIVE.mcap [options]",
    .summary = "drive a simulated vehicle: frames with the errors of real parts, and truth",
    .help = help,
    .run = run,
};
