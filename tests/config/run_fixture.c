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
    make_directory(f->directory);
    write_text(f->directory, "etc/a.pub", KEY_A "\n");
    write_text(f->directory, "etc/short.pub", "0Q-p4w\n");
    ck_assert_int_eq(chdir(f->directory), 0);
    ck_assert_int_eq(mkfifo("etc/fifo.pub", 0600), 0);
}

void run_fixture_teardown(run_fixture *f)
{
    ck_assert_int_eq(chdir("/"), 0);
    remove_directory(f->directory);
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
