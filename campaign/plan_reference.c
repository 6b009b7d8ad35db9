/* docs/CAMPAIGN.md from the tables. */
#include "campaign/alarms.h"
#include "campaign/plan_private.h"
#include "campaign/row.h"
#include "config/scalar.h"

#include <string.h>

static const char head[] =
    "# Campaigns\n"
    "\n"
    "<!-- Generated: posed campaign --reference > docs/CAMPAIGN.md -->\n"
    "\n"
    "A campaign is thousands of simulated drives, with faults or without, through the fusion core and "
    "against the truth:\n"
    "one row of a table for each. It says how good the poses are, whether their confidence is honest, and "
    "which faults are\n"
    "found.\n"
    "\n"
    "    posed campaign sim/campaigns/faults.yaml -o faults          # on all cores, into "
    "faults/campaign.sqlite\n"
    "    posed campaign run sim/campaigns/faults.yaml 4711 -o d.mcap # one of them again, as a drive\n"
    "    posed replay d.mcap                                         # --map d.pmap, where run wrote one "
    "with "
    "--map\n"
    "\n"
    "- **Stopped or killed**, the same command goes on. A row is in the table when its run has ended; only "
    "runs that were\n"
    "  under way are begun again. One process at a time works in a directory; another plan, or another "
    "version of posed, is\n"
    "  refused there.\n"
    "- **A run is a function of its number** and the plan. With other numbers of cores, machines or kills on "
    "the way the\n"
    "  table is the same, but for `cpu_s`.\n"
    "- **A run that crashes or hangs** is tried once more in a new process. Then its row says what became of "
    "it in\n"
    "  `trouble`, and the others go on. Each such run is named with the command that repeats it.\n"
    "- **More machines**: [SCALE.md](SCALE.md).\n"
    "\n"
    "## The plan\n"
    "\n"
    "```yaml\n"
    "about: single faults in towns\n"
    "scenarios: [../scenarios/town.yaml, ../scenarios/town_*.yaml]\n"
    "sensors:\n"
    "  full: {}\n"
    "  no_imu: {without: [imu]}\n"
    "  on_map: {without: [imu, wheel], map: true}\n"
    "faults: [none, ../faults/gnss_*.yaml, [../faults/gnss_off.yaml, ../faults/wheel_slip.yaml]]\n"
    "seeds: 100\n"
    "duration_s: {least: 60, most: 120}\n"
    "runs: 2000\n"
    "```\n"
    "\n"
    "- **name** is the file's when it is not given; **about** is a sentence.\n"
    "- **scenarios** lists files, or patterns of file names with `*`, `?` and `[...]`, as seen from the "
    "plan's file.\n"
    "- **sensors** lists sets by name. Each leaves out what stands in `without`: kinds (`imu`) or sensors "
    "(`gnss/roof`). A\n"
    "  set goes with the scenarios that have all that it leaves out. Without this key there is one set, with "
    "everything.\n"
    "  With `map: true` the core gets the map of the road as the scenario's survey has it, and cameras "
    "and radars are compared with it.\n"
    "- **faults** lists files of faults ([INJECT.md](INJECT.md)), or patterns; `none` for no fault; several "
    "in brackets\n"
    "  come together, the first being the one that is judged. Without this key nothing is injected.\n"
    "- **pairs** lists files, or patterns: every two of them that act on different sources come together.\n"
    "- **seeds** is how many there are of each combination, 1 to N, or `{first: 7, count: 20}`.\n"
    "- **duration_s** is how long a drive lasts, or `{least: 60, most: 120}`: each draws its own, in whole "
    "seconds.\n"
    "\n"
    "The drives of a plan are scenarios x sensor sets x faults x seeds. What does not fit is left out: a "
    "fault without a\n"
    "source to act on, a fault of the map without a camera (on a map, or a radar), or without a map or "
    "fiducials to act on,\n"
    "two faults of `pairs` on one source. A fault that fits nowhere is refused, but for those of a pattern "
    "and of `pairs`.\n"
    "Of that list, run r is the element r x stride, modulo its length, where the stride is the length over "
    "the golden\n"
    "ratio: any first N runs are spread evenly over faults, scenarios, sensor sets and seeds. So `runs` may "
    "be raised\n"
    "later, and the campaign goes on.\n"
    "\n";

static const char table_head[] =
    "\n"
    "## The table\n"
    "\n"
    "`DIR/campaign.sqlite` has the table `run`, a row for each run with the columns below, and `meta` (key, "
    "value): name,\n"
    "plan (its text), hash, version, command. What does not apply is NULL, an integer then -1.\n"
    "\n"
    "Histograms and grids are text, `bin:count bin:count ...`, over bins of a tenth of a decade: bin b holds "
    "10^(b/10) <= x\n"
    "< 10^((b+1)/10), from -40 (and below) to 40 (and above). A grid is `bx,by:count ...`, the error first.\n"
    "\n"
    "Poses are those of the core at its rate, 100 Hz unless a scenario says otherwise. Of the truth, which "
    "comes at 100 Hz,\n"
    "every fifth point is judged: errors last for seconds, and four points of five would say the same "
    "again.\n"
    "\n"
    "The NIS columns take what a sensor measured. What is assumed of a vehicle (no side slip, standing "
    "still, upright) has\n"
    "noise of another nature and is left out.\n"
    "\n"
    "| column | unit | meaning |\n"
    "| --- | --- | --- |\n";

static const char alarms_head[] = "\n"
                                  "## What is a false alarm\n"
                                  "\n"
                                  "A flag of severity WARNING or ERROR that no injected fault explains. A "
                                  "fault explains every flag from its beginning\n"
                                  "until 10 s after its end, of whatever source: that it names the wrong one "
                                  "is told by `named`. A flag that says what is\n"
                                  "so in the drive is no alarm, and does not find a fault of another source "
                                  "either. These count as such, when the drive\n"
                                  "itself shows them to be true:\n"
                                  "\n";

static const char alarms_tail[] =
    "\n"
    "The system (DIVERGED, OVERLOAD, ...) can find a fault but is no source: it names none, nor stands in "
    "the way of one\n"
    "that is named later. A fault of every source (`\"*\"`) is of the system as well.\n"
    "\n"
    "**Recovered** is a drive when the horizontal error stays below the smaller horizontal alert limit, or "
    "below three\n"
    "times its root mean square of the 10 s before the fault, until the drive's end, without a pause of the "
    "usable pose\n"
    "over 0.5 s.\n";

static void write_row(FILE *out, const config_key *k, const char *prefix, double value)
{
    char least[CONFIG_NUMBER_SIZE], most[CONFIG_NUMBER_SIZE], standard[CONFIG_NUMBER_SIZE] = "all";
    if (value > 0)
        config_scalar_print(standard, value);
    fprintf(out, "| `%s%s` | %s | %s to %s | %s | %s |\n", prefix, k->name,
            strcmp(k->unit, "1") == 0 ? "" : k->unit, config_scalar_print(least, k->min),
            config_scalar_print(most, k->max), standard, k->meaning);
}

static void write_keys(FILE *out, const config_group *g, const char *prefix)
{
    for (size_t i = 0; i < g->count; i++)
        write_row(out, &g->keys[i], prefix, config_get(&g->keys[i], &plan_defaults));
}

static void write_column(FILE *out, const campaign_column *c)
{
    const char *unit = c->type == COLUMN_INTEGER ? "integer" : c->type == COLUMN_TEXT ? "text" : c->unit;
    fprintf(out, "| `%s` | %s | %s |\n", c->name, strcmp(unit, "1") == 0 ? "" : unit, c->meaning);
}

bool campaign_write_reference(FILE *out)
{
    fputs(head, out);
    fputs("| key | unit | range | default | meaning |\n| --- | --- | --- | --- | --- |\n", out);
    write_keys(out, &plan_group, "");
    write_keys(out, &plan_seeds_group, "seeds.");
    write_keys(out, &plan_duration_group, "duration_s.");
    fputs(table_head, out);
    for (size_t i = 0; i < campaign_column_count; i++)
        write_column(out, &campaign_columns[i]);
    fputs(alarms_head, out);
    alarms_write_reference(out);
    fputs(alarms_tail, out);
    return fflush(out) == 0 && !ferror(out);
}
