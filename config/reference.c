/* docs/CONFIG.md from the table. */
#include "config/config.h"

#include "config/scalar.h"
#include "config/table.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "# Configuration\n"
    "\n"
    "<!-- Generated: posed check-config --reference > docs/CONFIG.md -->\n"
    "\n"
    "posed is configured in YAML. Every setting has a default that works, so a file holds only what "
    "differs;\n"
    "`config/posed.yaml` has all of them. `posed check-config FILE` says what is wrong with a file, all of "
    "it at once\n"
    "and each with its line and column, or prints the configuration that results. It takes several files as "
    "layers.\n"
    "\n"
    "```yaml\n"
    "filter: {window_s: 0.5}\n"
    "alert_limits:\n"
    "  road_class: local\n"
    "truth: {x_m: 0.8, z_m: 1.4}\n"
    "landmarks:\n"
    "  - {id: 7, latitude_deg: 48.1, longitude_deg: 11.5, height_m: 520.3, sigma_m: 0.05}\n"
    "sources:\n"
    "  gnss/roof:\n"
    "    mount: {x_m: 0.9, z_m: 1.6}\n"
    "    latency_s: 0.1\n"
    "adapters:\n"
    "  gnss/roof: {kind: gnss, from: serial, device: /dev/ttyACM0}\n"
    "map: {file: town.pmap}\n"
    "bus:\n"
    "  frames: [ipc:///run/posed/frames, \"tcp://192.0.2.1:5600\"]\n"
    "  secret_key: \"credential:posed.key\"\n"
    "peers:\n"
    "  radar-box: {public_key: radar-box.pub, sources: [radar/front]}\n"
    "service: {state_file: /var/lib/posed/state}\n"
    "```\n"
    "\n"
    "- **Units** are in the names. A key with another unit (`latency_ms`) is refused, and the message has "
    "the\n"
    "  converted value.\n"
    "- **Refused** are unknown keys, keys given twice, wrong types, numbers in quotes, numbers that are not "
    "finite or\n"
    "  out of range. Nothing is guessed, and nothing of a refused file is used.\n"
    "- **Layers**: the defaults, then the configuration that a drive carries, then the file given to the "
    "command.\n"
    "  Each changes what it names: the source or peer of the same name, the landmark of the same id; others "
    "are\n"
    "  added. A list of texts and the block of an adapter are replaced as a whole.\n"
    "- **Two readers**: `map`, `bus`, `peers`, `adapters` and `service` are for the live program, and no "
    "drive carries\n"
    "  them. Of the file given to it, a replay takes `map`, and with `--live` also `bus.hold_s` and "
    "`service.pose_valid_s`;\n"
    "  it checks the rest and leaves it out.\n"
    "- **Files** are relative to the directory of the file that names them.\n"
    "- **YAML** is UTF-8, one document of at most 16 MiB, without anchors, aliases and tags. A flag is "
    "`true` or\n"
    "  `false` (`yes`, `no`, `on`, `off` are read too). An empty file changes nothing.\n"
    "- **Body axes**: x forward, y left, z up, from the centre of the rear axle on the ground.\n";

static void write_unit(FILE *out, const config_key *k)
{
    fputs(strcmp(k->unit, "1") == 0 || k->type == CONFIG_TEXT ? "" : k->unit, out);
}

static void write_range(FILE *out, const config_key *k)
{
    char min[CONFIG_NUMBER_SIZE], max[CONFIG_NUMBER_SIZE];
    if (k->type == CONFIG_NUMBER)
        fprintf(out, "%s to %s", config_scalar_print(min, k->min), config_scalar_print(max, k->max));
    else if (k->type == CONFIG_ID)
        fputs("1 to 2^64-1", out);
    else if (k->type == CONFIG_TEXT)
        fputs(k->unit, out);
    else
        fputs("true or false", out);
}

static void write_value(FILE *out, const config_key *k, const void *from)
{
    char number[CONFIG_NUMBER_SIZE];
    if (k->type == CONFIG_NUMBER)
        fputs(config_scalar_print(number, config_get(k, from)), out);
    else if (k->type == CONFIG_FLAG)
        fputs(*(const bool *)(const void *)((const char *)from + k->offset) ? "true" : "false", out);
}

static bool same_value(const config_key *k, const void *a, const void *b)
{
    size_t size = k->type == CONFIG_FLAG ? sizeof(bool) : sizeof(double);
    return memcmp((const char *)a + k->offset, (const char *)b + k->offset, size) == 0;
}

/* What every source has may differ by kind: the most usual value first, then who differs. */
static void write_kind_defaults(FILE *out, const config_key *k, const source_settings *kinds)
{
    int usual = 0, votes = 0;
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        int n = 0;
        for (int j = 0; j < SOURCE_KIND_COUNT; j++)
            n += same_value(k, &kinds[i], &kinds[j]);
        if (n > votes) {
            usual = i;
            votes = n;
        }
    }
    write_value(out, k, &kinds[usual]);
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        if (same_value(k, &kinds[i], &kinds[usual]))
            continue;
        fprintf(out, "; %s ", source_kind_word((source_kind)i));
        write_value(out, k, &kinds[i]);
    }
}

static void write_title(FILE *out, const char *title, const char *text)
{
    fprintf(out, "\n## %s\n\n%s\n\n", title, text);
}

static void write_row_start(FILE *out, const config_key *k)
{
    fprintf(out, "| `%s` | ", k->name);
    write_unit(out, k);
    fputs(" | ", out);
    write_range(out, k);
    fputs(" | ", out);
}

/* `from` NULL: no column of defaults. */
static void write_group(FILE *out, const config_group *g, const void *from)
{
    fputs(from ? "| key | unit | range | default | meaning |\n| --- | --- | --- | --- | --- |\n"
               : "| key | unit | range | meaning |\n| --- | --- | --- | --- |\n",
          out);
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        write_row_start(out, k);
        if (from) {
            write_value(out, k, from);
            fputs(" | ", out);
        }
        fprintf(out, "%s |\n", k->meaning);
    }
}

static void write_source_group(FILE *out, const source_settings *kinds)
{
    fputs("| key | unit | range | default | meaning |\n| --- | --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < config_source.count; i++) {
        const config_key *k = &config_source.keys[i];
        write_row_start(out, k);
        write_kind_defaults(out, k, kinds);
        fprintf(out, " | %s |\n", k->meaning);
    }
}

static void write_alert_limits(FILE *out, const settings *s)
{
    write_title(out, "alert_limits",
                "`road_class` says which limits hold, `freeway` or `local`; each has its own mapping. "
                "Defaults: Reid et al. 2019, SAE 12-02-03-0012.");
    fputs("| key | unit | range | default for freeway | default for local | meaning |\n"
          "| --- | --- | --- | --- | --- | --- |\n",
          out);
    fprintf(out, "| `road_class` | | freeway, local | %s | | Which limits hold. |\n",
            config_road_words[s->road]);
    for (size_t i = 0; i < config_alert.count; i++) {
        const config_key *k = &config_alert.keys[i];
        write_row_start(out, k);
        write_value(out, k, &s->alert[ROAD_FREEWAY]);
        fputs(" | ", out);
        write_value(out, k, &s->alert[ROAD_LOCAL]);
        fprintf(out, " | %s |\n", k->meaning);
    }
}

static void write_sources(FILE *out, source_settings *kinds)
{
    write_title(
        out, "sources",
        "One entry per sensor, named KIND/NAME as in the drive: KIND is one of gnss, imu, wheel, "
        "radar, camera,\n"
        "roadside, odometry; NAME has letters, digits, '.', '_' and '-'. A source that is not listed has the "
        "defaults.\n"
        "Every source has:");
    write_source_group(out, kinds);
    fputs("\n`mount: {...}` says where the sensor sits in body axes; every key defaults to 0.\n\n", out);
    write_group(out, &config_mount, NULL);
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        fprintf(out, "\n### %s\n\n", source_kind_word((source_kind)i));
        write_group(out, &config_of_kind[i], &kinds[i]);
    }
}

static void write_orders(FILE *out)
{
    write_title(out, "Checks between settings", "The configuration that results must also have:");
    for (size_t i = 0; i < config_order_count; i++)
        fprintf(out, "- `%s`: `%s` smaller than `%s`\n", config_orders[i].section, config_orders[i].smaller,
                config_orders[i].larger);
}

static void write_words(FILE *out, const config_group *words, const char *const *defaults)
{
    for (size_t i = 0; i < words->count; i++) {
        write_row_start(out, &words->keys[i]);
        fprintf(out, "%s | %s |\n", defaults[i], words->keys[i].meaning);
    }
}

static void write_map(FILE *out)
{
    static const config_group numbers; /* there are none */
    static const char *const words[] = {"none"};
    write_title(out, "map", "The map of the roads, compiled: [MAPS.md](MAPS.md).");
    write_group(out, &numbers, words);
    write_words(out, &config_map_words, words);
}

static void write_bus(FILE *out, const run_settings *r)
{
    static const char *const bus[] = {"[ipc:///run/posed/frames]", "[ipc:///run/posed/poses]", "none",
                                      "none"};
    static const char *const service[] = {"none; in the shipped file " CONFIG_TEMPLATE_STATE_FILE};
    write_title(out, "bus", "Where the programs meet.");
    write_group(out, &config_bus, &r->bus);
    write_words(out, &config_bus_words, bus);
    write_title(out, "service", "posed run as a service.");
    write_group(out, &config_service, &r->service);
    write_words(out, &config_service_words, service);
}

static void write_peers(FILE *out)
{
    static const peer_settings peer;
    static const char *const words[] = {"must be given", "none"};
    write_title(out, "peers",
                "Who may connect to endpoints that leave the machine: NAME, of letters, digits, '.', '_' and "
                "'-', at most 31\n"
                "characters. At most 64 peers, 16 sources each.");
    write_group(out, &config_peer, &peer);
    write_words(out, &config_peer_words, words);
}

static void write_adapters(FILE *out)
{
    static const adapter_settings adapter;
    static const char *const words[] = {"must be given"};
    write_title(
        out, "adapters",
        "What reads each device: one entry per adapter, named KIND/NAME after the source that it speaks "
        "as. One that\n"
        "relays many sources is named after its own kind: `replay/town`, `bus/trailer`. Any other key "
        "is an option of\n"
        "the adapter: `posed adapter KIND --help` and [ADAPTERS.md](ADAPTERS.md) have them.");
    write_group(out, &config_adapter, &adapter);
    write_words(out, &config_adapter_words, words);
}

bool config_write_reference(FILE *out)
{
    settings *s = malloc(sizeof *s);
    source_settings *kinds = s ? s->sources : NULL;
    run_settings *r = malloc(sizeof *r);
    bool good = s && r;
    if (!good)
        goto done;
    settings_default(s);
    run_settings_default(r);
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        char name[FRAME_SOURCE_NAME_SIZE];
        snprintf(name, sizeof name, "%s/x", source_kind_word((source_kind)i));
        good = source_settings_default(&kinds[i], name) && good;
    }
    fputs(head, out);
    write_title(out, "filter", "The estimator.");
    write_group(out, &config_filter, &s->filter);
    write_title(out, "output", "What is published.");
    write_group(out, &config_output, &s->output);
    write_title(out, "integrity",
                "The bound on the error, and how sure a source must be at fault to be left out: "
                "[INTEGRITY.md](INTEGRITY.md).");
    write_group(out, &config_integrity, &s->integrity);
    write_alert_limits(out, s);
    write_title(
        out, "truth",
        "Where the point sits in body axes that a drive's truth describes. Only the evaluation uses it.\n"
        "The keys are those of `mount` below; every key defaults to 0.");
    fputs("## landmarks\n\nA list of landmarks at known positions. A new one must say everything but "
          "`sigma_m`, whose default is 0.05, and "
          "`facing_deg`, whose default is -1.\n\n",
          out);
    write_group(out, &config_landmark, NULL);
    write_sources(out, kinds);
    write_map(out);
    write_bus(out, r);
    write_peers(out);
    write_adapters(out);
    write_orders(out);
    good = fflush(out) == 0 && !ferror(out) && good;
done:
    free(s);
    free(r);
    return good;
}
