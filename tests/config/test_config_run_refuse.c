/* The sections of the live program: what must be refused, where, and with which words. */
#include "config/public_key.h"
#include "tests/config/run_compare.h"
#include "tests/config/run_fixture.h"
#include "tests/config/settings_compare.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static run_fixture f;

static void setup(void)
{
    run_fixture_setup(&f);
}

static void teardown(void)
{
    run_fixture_teardown(&f);
}

#define LONG_32 "abcdefghijklmnopqrstuvwxyz012345"
#define LONG_128 LONG_32 LONG_32 LONG_32 LONG_32
#define PEER(rest) "peers: {a: {public_key: \"" KEY_A "\", " rest "}}"

static const struct {
    const char *legend, *yaml;
    const char *problem; /* from the place on */
} refused[] = {
    /* keys */
    {"unknown section", "adapter: {}",
     "1:1: no setting \"adapter\" in a configuration; did you mean adapters?"},
    {"unknown key", "bus: {pose: []}", "1:7: no setting \"pose\" in bus; did you mean poses?"},
    {"unknown row", "bus: {queue_frame: 9}",
     "1:7: no setting \"queue_frame\" in bus; did you mean queue_frames?"},
    {"other unit", "bus: {hold_ms: 3}", "1:7: hold_ms: this setting is in seconds: hold_s: 0.003"},
    {"other section", "service: {queue_poses: 99}",
     "1:11: no setting \"queue_poses\" in service; it belongs to bus"},
    {"given twice", "bus:\n  frames: []\n  frames: []", "3:3: frames: given twice, first on line 2"},
    {"out of range", "service: {state_interval_s: 0}",
     "1:29: state_interval_s: \"0\" is out of range, expected 1 to 3600 in seconds"},
    {"unit in the value", "service: {pose_valid_s: 100 ms}",
     "1:25: pose_valid_s: expected a number in seconds, found \"100 ms\" with a unit; write 0.1"},
    {"bus as a list", "bus: [1]", "1:6: bus: expected settings (KEY: VALUE), found a list"},
    {"map that is a file", "map: town.pmap", "1:6: map: expected settings (KEY: VALUE), found \"town.pmap\""},
    {"map of nothing", "map: {file: }", "1:13: file: expected a file, found nothing"},
    {"list of maps", "map: {file: [a, b]}", "1:13: file: expected a file, found a list"},
    {"map under another key", "map: {path: a.pmap}", "1:7: no setting \"path\" in map"},
    /* endpoints */
    {"no list", "bus: {frames: ipc:///a}",
     "1:15: frames: expected a list of endpoints ([ipc:///run/posed/frames]), found \"ipc:///a\""},
    {"nothing for a list", "bus: {poses: }",
     "1:14: poses: expected a list of endpoints ([ipc:///run/posed/poses]), found nothing"},
    {"no way to subscribe", "bus: {poses: []}", "1:14: poses: expected at least one endpoint"},
    {"a list in a list", "bus: {frames: [[a]]}", "1:16: frames: expected an endpoint, found a list"},
    {"a path", "bus: {frames: [/run/a]}",
     "1:16: frames: expected ipc://PATH or tcp://HOST:PORT, found \"/run/a\""},
    {"udp", "bus: {frames: [\"udp://a:1\"]}",
     "1:16: frames: expected ipc://PATH or tcp://HOST:PORT, found \"udp://a:1\""},
    {"ipc to nowhere", "bus: {frames: [\"ipc://\"]}",
     "1:16: frames: expected ipc://PATH or tcp://HOST:PORT, found \"ipc://\""},
    {"no port", "bus: {frames: [tcp://a]}",
     "1:16: frames: expected tcp://HOST:PORT with PORT from 1 to 65535, found \"tcp://a\""},
    {"no host", "bus: {frames: [\"tcp://:5600\"]}",
     "1:16: frames: expected tcp://HOST:PORT with PORT from 1 to 65535, found \"tcp://:5600\""},
    {"port too large", "bus: {frames: [\"tcp://a:65536\"]}",
     "1:16: frames: expected tcp://HOST:PORT with PORT from 1 to 65535, found \"tcp://a:65536\""},
    {"path of a socket too long", "bus: {frames: [ipc:///" LONG_32 LONG_32 LONG_32 "012345678/a]}",
     "1:16: frames: \"ipc:///" LONG_32
     "abcdefghijklmnop...\": the path of a socket has at most 107 characters"},
    {"endpoint too long", "bus: {frames: [tcp://" LONG_128 ":1]}",
     "1:16: frames: \"tcp://" LONG_32 "abcdefghijklmnopq...\" is longer than 127 characters"},
    {"endpoint twice", "bus: {frames: [ipc:///a, ipc:///a]}", "1:26: frames: \"ipc:///a\" is given twice"},
    {"nine endpoints",
     "bus: {frames: [ipc://1, ipc://2, ipc://3, ipc://4, ipc://5, ipc://6, ipc://7, ipc://8, ipc://9, "
     "ipc://10]}",
     "1:88: frames: more than 8 endpoints"},
    {"escape", "bus: {frames: [\"ipc://\\e[2J\"]}",
     "1:16: frames: \"ipc://\\x1b[2J\" has a control character"},
    /* keys of CURVE */
    {"a key where a file belongs", "bus: {secret_key: \"" KEY_A "\"}",
     "1:19: secret_key: expected a file or credential:NAME, found a key; keep it in a file"},
    {"credential elsewhere", "bus: {secret_key: \"credential:../k\"}",
     "1:19: secret_key: \"credential:../k\" is no name of a credential"},
    {"secret key is a list", "bus: {secret_key: []}",
     "1:19: secret_key: expected a file or credential:NAME, found a list"},
    {"path too long", "service: {state_file: " LONG_128 LONG_128 "}",
     "1:23: state_file: \"" LONG_32 "abcdefghijklmnopqrstuvw...\" is longer than 255 characters"},
    {"path too long with its directory",
     "bus: {secret_key: " LONG_128 LONG_32 LONG_32 LONG_32 "0123456789012345678901234567}",
     "1:19: secret_key: \"" LONG_32
     "abcdefghijklmnopqrstuvw...\" in the directory of this file is longer than 255 "
     "characters"},
    {"no such file", "bus: {server_key: b.pub}",
     "1:19: server_key: \"b.pub\" is neither 40 characters of Z85 nor a file of them: No such file or "
     "directory"},
    {"key that holds too much", "bus: {server_key: \"#####" LONG_32 "abc\"}",
     "1:19: server_key: \"#####" LONG_32
     "abc\" is neither 40 characters of Z85 nor a file of them: No such file or "
     "directory"},
    {"file without a key", "bus: {server_key: short.pub}",
     "1:19: server_key: \"short.pub\" is neither 40 characters of Z85 nor a file of them: not one line of 40 "
     "characters of Z85, as posed keygen writes it"},
    {"fifo", "bus: {server_key: fifo.pub}",
     "1:19: server_key: \"fifo.pub\" is neither 40 characters of Z85 nor a file of them: not a file"},
    {"secret for public", "bus: {server_key: posed.key}",
     "1:19: server_key: \"posed.key\" is a secret key; expected its .pub file"},
    /* peers */
    {"peers as a list", "peers: [a]", "1:8: peers: expected peers (NAME: {public_key: ...}), found a list"},
    {"name with a blank", "peers: {a b: {}}",
     "1:9: peer \"a b\": a name has letters, digits, '.', '_' and '-' only"},
    {"name too long", "peers: {" LONG_32 ": {}}", "1:9: peer \"" LONG_32 "\": longer than 31 characters"},
    {"no key", "peers: {a: {subscribe: true}}", "1:9: peer a: public_key is missing"},
    {"nothing", "peers: {a: }", "1:9: peer a: public_key is missing"},
    {"misspelt", "peers: {a: {publik_key: x}}",
     "1:13: no setting \"publik_key\" in a; did you mean public_key?"},
    {"peer twice", "peers:\n  a: {public_key: a.pub}\n  a: {}", "3:3: peer a: given twice, first on line 2"},
    {"same key", "peers:\n  a: {public_key: a.pub}\n  b: {public_key: \"" KEY_A "\"}",
     "3:3: peers a and b have the same public_key"},
    {"subscribe what", PEER("subscribe: [radar/a]"), "1:80: subscribe: expected true or false, found a list"},
    {"sources are no list", PEER("sources: radar/a"),
     "1:78: sources: expected a list of sources ([radar/front]), found \"radar/a\""},
    {"misspelt source", PEER("sources: [rader/a]"),
     "1:79: source \"rader/a\": expected KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, "
     "roadside, odometry; did "
     "you mean radar?"},
    {"source without a name", PEER("sources: [radar]"),
     "1:79: source \"radar\": the name is missing: radar/NAME"},
    {"source twice", PEER("sources: [radar/a, radar/a]"), "1:88: sources: radar/a is given twice"},
    {"17 sources",
     PEER("sources: [imu/1, imu/2, imu/3, imu/4, imu/5, imu/6, imu/7, imu/8, imu/9, imu/a, imu/b, imu/c, "
          "imu/d, imu/e, imu/f, imu/g, imu/h]"),
     "1:191: sources: more than 16 of one peer"},
    /* adapters */
    {"adapters as a list", "adapters: [a]",
     "1:11: adapters: expected adapters (KIND/NAME: {kind: ...}), found a list"},
    {"adapter as a word", "adapters: {gnss/a: gpsd}",
     "1:20: adapter gnss/a: expected settings ({kind: ...}), found \"gpsd\""},
    {"empty adapter", "adapters: {gnss/a: }", "1:12: adapter \"gnss/a\": kind is missing"},
    {"kind is missing", "adapters: {gnss/a: {knid: gnss}}", "1:12: adapter \"gnss/a\": kind is missing"},
    {"kind is a list", "adapters: {gnss/a: {kind: [gnss]}}",
     "1:27: kind: expected the kind of the adapter, found a list"},
    {"kind is no word", "adapters: {gnss/a: {kind: \"g n\"}}",
     "1:27: kind: expected the kind of the adapter, found \"g n\""},
    {"kind too long", "adapters: {gnss/a: {kind: abcdefghijklmnop}}",
     "1:27: kind: \"abcdefghijklmnop\" is longer than 15 characters"},
    {"misspelt name", "adapters: {rader/a: {kind: radar}}",
     "1:12: adapter \"rader/a\": expected KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, "
     "roadside, odometry; did "
     "you mean radar?"},
    {"misspelt relay", "adapters: {repaly/a: {kind: replay}}",
     "1:12: adapter \"repaly/a\": expected KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, "
     "roadside, odometry, or "
     "replay; did you mean replay?"},
    {"relay without a name", "adapters: {replay: {kind: replay}}",
     "1:12: adapter \"replay\": the name is missing: replay/NAME"},
    {"adapter twice", "adapters:\n  imu/a: {kind: imu}\n  imu/a: {kind: imu}",
     "3:3: adapter imu/a: given twice, first on line 2"},
    {"misspelt flag", "adapters: {imu/a: {kind: imu, in_deamon: true}}",
     "1:31: no setting \"in_deamon\" in imu/a; did you mean in_daemon?"},
    {"flag as a number", "adapters: {imu/a: {kind: imu, in_daemon: 1}}",
     "1:42: in_daemon: expected true or false, found \"1\""},
    {"option twice", "adapters: {imu/a: {kind: imu, x: 1, x: 1}}", "1:37: x: given twice, first on line 1"},
    {"kind twice", "adapters: {imu/a: {kind: imu, kind: imu}}", "1:31: kind: given twice, first on line 1"},
    {"option without a value", "adapters: {imu/a: {kind: imu, x: }}",
     "1:34: x: expected a number, true or false, or a text, found nothing"},
    {"option with a mapping", "adapters: {imu/a: {kind: imu, x: {a: 1}}}",
     "1:34: x: expected a number, true or false, or a text, found a mapping"},
    {"option too long", "adapters: {imu/a: {kind: imu, x: " LONG_128 LONG_128 "}}",
     "1:34: x: \"" LONG_32 "abcdefghijklmnopqrstuvw...\" is longer than 255 characters"},
    {"option with a capital", "adapters: {imu/a: {kind: imu, X: 1}}", "1:31: no setting \"X\" in imu/a"},
    {"name of an option too long", "adapters: {imu/a: {kind: imu, " LONG_32 ": 1}}",
     "1:31: no setting \"" LONG_32 "\" in imu/a"},
    {"option that is a list", "adapters: {imu/a: {kind: imu, [a]: 1}}",
     "1:31: imu/a: expected the name of a setting, found a list"},
};

START_TEST (is_refused) {
    char text[512];
    const char *yaml = refused[_i].yaml;
    snprintf(text, sizeof text, "etc/posed.yaml:%s", refused[_i].problem);
    ck_assert_msg(!config_load_all_text(f.s, f.r, "etc/posed.yaml", yaml, strlen(yaml), f.problems),
                  "%s: taken", refused[_i].legend);
    ck_assert_msg(strcmp(f.problems->text[0], text) == 0, "%s:\n%s\nexpected\n%s", refused[_i].legend,
                  f.problems->text[0], text);
    ck_assert_msg(f.problems->count == 1, "%s: then %s", refused[_i].legend, f.problems->text[1]);
    ck_assert_msg(!run_settings_differ(f.r, f.r_defaults), "%s: changed", refused[_i].legend);
}
END_TEST

/* A bad section spoils the whole layer, the filter's settings too. */
START_TEST (nothing_of_a_bad_layer) {
    static const char yaml[] =
        "filter: {window_s: 1}\nservice: {state_file: x}\nbus: {queue_poses: 1}\npeers: []\n";
    ck_assert(!config_load_all_text(f.s, f.r, "a.yaml", yaml, strlen(yaml), f.problems));
    ck_assert_uint_eq(f.problems->count, 2);
    ck_assert(!settings_differ(f.s, f.s_defaults));
    ck_assert(!run_settings_differ(f.r, f.r_defaults));
}
END_TEST

/* The same key in two layers: the later one is told. */
START_TEST (same_key_in_layers) {
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    const char yaml[] = "peers: {x: {public_key: \"" KEY_B "\"}}";
    ck_assert(!config_load_all_text(f.s, f.r, "b.yaml", yaml, strlen(yaml), f.problems));
    ck_assert_str_eq(f.problems->text[0], "b.yaml:1:9: peers dashboard and x have the same public_key");
}
END_TEST

START_TEST (too_many) {
    char *yaml = NULL;
    size_t size;
    FILE *out = open_memstream(&yaml, &size);
    fputs("peers:\n", out);
    for (int i = 0; i <= RUN_MAX_PEERS; i++)
        fprintf(out,
                "  p%d: {public_key: \"%08d"
                "%s\"}\n",
                i, i, &KEY_A[8]);
    fputs("adapters:\n", out);
    for (int i = 0; i <= SETTINGS_MAX_SOURCES; i++)
        fprintf(out, "  imu/%d: {kind: imu}\n", i);
    fputs("  imu/0: {kind: imu", out);
    for (int i = 0; i <= RUN_MAX_OPTIONS; i++)
        fprintf(out, ", o%d: 1", i);
    fputs("}\n", out);
    fclose(out);
    ck_assert(!config_load_all_text(f.s, f.r, "a.yaml", yaml, size, f.problems));
    ck_assert_str_eq(f.problems->text[0], "a.yaml:66:3: peer p64: more than 64 peers");
    ck_assert_str_eq(f.problems->text[1], "a.yaml:100:3: adapter imu/32: more than 32 adapters");
    ck_assert(strstr(f.problems->text[2], "imu/0: more than 32 options"));
    ck_assert(strstr(f.problems->text[3], "imu/0: given twice, first on line 68"));
    ck_assert_uint_eq(f.problems->count, 4);
    free(yaml);
}
END_TEST

START_TEST (name_of_the_file_too_long) {
    char name[400];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert(config_load_all_text(f.s, f.r, name, "bus: {frames: []}", 17, f.problems));
    ck_assert(!config_load_all_text(f.s, f.r, name, "adapters: {imu/a: {kind: imu}}", 30, f.problems));
    ck_assert(strstr(f.problems->text[0], ":1:12: the path of this file is longer than 255 characters"));
}
END_TEST

START_TEST (every_truncation) {
    for (size_t size = 0; size < strlen(run_everything); size++) {
        config_problems *p = calloc(1, sizeof *p);
        char *tight = malloc(size > 0 ? size : 1); /* so that a sanitizer sees any read behind it */
        memcpy(tight, run_everything, size);
        settings_default(f.s);
        run_settings_default(f.r);
        bool good = config_load_all_text(f.s, f.r, "etc/posed.yaml", tight, size, p);
        ck_assert_msg(good == (p->count == 0), "at %zu", size);
        ck_assert_msg(good || !run_settings_differ(f.r, f.r_defaults), "at %zu", size);
        free(tight);
        free(p);
    }
}
END_TEST

/* ---- keys */

START_TEST (key_form) {
    static const struct {
        const char *key;
        bool valid;
    } keys[] = {
        {KEY_A, true},
        {"0000000000000000000000000000000000000000", true},
        {"%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0", true},  /* all bits set */
        {"%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc1", false}, /* and one more */
        {"########################################", false},
        {"000000000000000000000000000000000000000", false},
        {"00000000000000000000000000000000000000000", false},
        {"000000000000000000000000000000000000000\"", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ck_assert_msg(config_key_valid(keys[i].key) == keys[i].valid, "%s", keys[i].key);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("refused");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(cases, nothing_of_a_bad_layer);
    tcase_add_test(cases, same_key_in_layers);
    tcase_add_test(cases, too_many);
    tcase_add_test(cases, name_of_the_file_too_long);
    tcase_add_test(cases, every_truncation);
    tcase_add_test(cases, key_form);
    return run_cases("config run refuse", cases);
}
