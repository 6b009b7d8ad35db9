#include "tests/config/run_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char run_everything[] =
    "filter: {window_s: 1}\n"
    "bus:\n"
    "  frames: [ipc:///run/posed/frames, \"tcp://*:5600\", \"tcp://[::1]:5601\"]\n"
    "  poses: [tcp://eth0:1]\n"
    "  secret_key: posed.key\n"
    "  server_key: a.pub\n"
    "  queue_frames: 500\n"
    "peers:\n"
    "  radar-box: {public_key: \"" KEY_A "\", sources: [radar/front, radar/rear]}\n"
    "  dashboard: {public_key: \"" KEY_B "\", subscribe: yes}\n"
    "adapters:\n"
    "  radar/front: {kind: radar, in_daemon: true, device: can0, rate: 1e3, empty: \"\", no: off}\n"
    "  replay/town:\n"
    "    path: \"a \\\"drive\\\".mcap\"\n"
    "    kind: replay\n"
    "service:\n"
    "  state_file: ../state\n"
    "  state_interval_s: 20\n"
    "map: {file: maps/town.pmap}\n";

void run_fixture_put(const char *name, const char *text)
{
    FILE *out = fopen(name, "w");
    ck_assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
}

void run_fixture_setup(run_fixture *f)
{
    f->s = malloc(sizeof *f->s);
    f->s_defaults = malloc(sizeof *f->s_defaults);
    f->r = malloc(sizeof *f->r);
    f->r_defaults = malloc(sizeof *f->r_defaults);
    f->problems = calloc(1, sizeof *f->problems);
    settings_default(f->s);
    settings_default(f->s_defaults);
    run_settings_default(f->r);
    run_settings_default(f->r_defaults);
    strcpy(f->directory, "/tmp/posed-config-run-XXXXXX");
    ck_assert(mkdtemp(f->directory));
    ck_assert_int_eq(chdir(f->directory), 0);
    ck_assert_int_eq(mkdir("etc", 0700), 0);
    run_fixture_put("etc/a.pub", KEY_A "\n");
    run_fixture_put("etc/short.pub", "0Q-p4w\n");
    ck_assert_int_eq(mkfifo("etc/fifo.pub", 0600), 0);
}

void run_fixture_teardown(run_fixture *f)
{
    static const char *const files[] = {"etc/a.pub", "etc/short.pub", "etc/fifo.pub", "etc/posed.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir("etc");
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(f->directory);
    free(f->s);
    free(f->s_defaults);
    free(f->r);
    free(f->r_defaults);
    free(f->problems);
}

void run_fixture_load(run_fixture *f, const char *name, const char *yaml)
{
    bool good = config_load_all_text(f->s, f->r, name, yaml, strlen(yaml), f->problems);
    ck_assert_msg(good, "%s", f->problems->text[0]);
}
