#include "bus/keys.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[SCRATCH_SIZE], path[64], secret_path[72], public_path[72];

static void set_up(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/vehicle", directory);
    snprintf(secret_path, sizeof secret_path, "%s.key", path);
    snprintf(public_path, sizeof public_path, "%s.pub", path);
}

static void tear_down(void)
{
    unlink(secret_path);
    unlink(public_path);
    ck_assert_int_eq(rmdir(directory), 0);
}

static void write_with_mode(const char *name, const char *text, size_t size, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    ck_assert_int_eq(stat(name, &st), 0);
    return st.st_mode & 07777;
}

START_TEST (generated_keys_are_pairs_and_differ) {
    bus_keys a, b;
    ck_assert(bus_keys_generate(&a, NULL) && bus_keys_generate(&b, NULL));
    ck_assert(bus_key_valid(a.public_key) && bus_key_valid(a.secret_key));
    ck_assert_str_ne(a.public_key, b.public_key);
    ck_assert_str_ne(a.secret_key, b.secret_key);
    ck_assert_str_ne(a.public_key, a.secret_key);
}
END_TEST

static const mode_t umasks[] = {0, 022, 077, 0377};

START_TEST (saved_keys_are_read_back) {
    bus_keys k, back;
    char public[BUS_KEY_SIZE];
    error e = {""};
    ck_assert(bus_keys_generate(&k, &e));
    mode_t before = umask(umasks[_i]);
    bool saved = bus_keys_save(&k, path, &e);
    umask(before);
    ck_assert_msg(saved, "%s", e.text);
    ck_assert_uint_eq(mode_of(secret_path), 0600);
    ck_assert_uint_eq(mode_of(public_path) & 0022, 0);
    ck_assert_msg(bus_keys_load(&back, secret_path, &e), "%s", e.text);
    ck_assert_str_eq(back.secret_key, k.secret_key);
    ck_assert_str_eq(back.public_key, k.public_key); /* derived */
    ck_assert_int_eq(chmod(public_path, 0644), 0);
    ck_assert_msg(bus_public_key_load(public, public_path, &e), "%s", e.text);
    ck_assert_str_eq(public, k.public_key);
}
END_TEST

/* By itself, in a file, or in a file whose name could be a key. */
START_TEST (a_key_is_found) {
    static const char name[] = "./a-name-that-is-40-characters-long0.pub";
    bus_keys k;
    error e = {""};
    char public[BUS_KEY_SIZE], before[PATH_MAX];
    ck_assert(bus_keys_generate(&k, &e) && bus_keys_save(&k, path, &e));
    ck_assert_msg(bus_public_key_find(public, k.public_key, &e), "%s", e.text);
    ck_assert_str_eq(public, k.public_key);
    ck_assert_msg(bus_public_key_find(public, public_path, &e), "%s", e.text);
    ck_assert_str_eq(public, k.public_key);
    ck_assert(!bus_public_key_find(public, "nowhere.pub", &e));
    ck_assert(bus_key_valid(name));
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(directory), 0);
    const bool there = rename(public_path, name) == 0 && bus_public_key_find(public, name, &e);
    unlink(name);
    ck_assert_int_eq(chdir(before), 0);
    ck_assert_msg(there, "%s", e.text);
    ck_assert_str_eq(public, k.public_key);
}
END_TEST

START_TEST (nothing_is_written_over) {
    bus_keys k;
    error e = {""};
    char text[8] = "";
    const char *taken = _i == 0 ? secret_path : public_path, *other = _i == 0 ? public_path : secret_path;
    ck_assert(bus_keys_generate(&k, &e));
    write_with_mode(taken, "mine", 4, 0600);
    ck_assert(!bus_keys_save(&k, path, &e));
    ck_assert_msg(strstr(e.text, taken) && strstr(e.text, "there already"), "%s", e.text);
    int fd = open(taken, O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof text), 4);
    close(fd);
    ck_assert_str_eq(text, "mine");
    ck_assert_int_eq(access(other, F_OK), -1); /* nor is half a pair left */
}
END_TEST

START_TEST (a_link_is_not_followed_when_written) {
    bus_keys k;
    ck_assert(bus_keys_generate(&k, NULL));
    ck_assert_int_eq(symlink("/tmp/posed-keys-elsewhere", secret_path), 0);
    ck_assert(!bus_keys_save(&k, path, NULL));
    ck_assert_int_eq(access("/tmp/posed-keys-elsewhere", F_OK), -1);
}
END_TEST

START_TEST (a_place_that_cannot_be_written_is_named) {
    bus_keys k;
    error e = {""};
    ck_assert(bus_keys_generate(&k, NULL));
    ck_assert(!bus_keys_save(&k, "/proc/vehicle", &e));
    ck_assert_msg(strstr(e.text, "/proc/vehicle.key") != NULL, "%s", e.text);
}
END_TEST

/* The example of ZeroMQ's manual (zmq_curve): a client's pair. */
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

static const struct {
    const char *legend, *text;
    bool good;
} files[] = {
    {"a line", SECRET "\n", true},
    {"without its end", SECRET, true},
    {"from another system", SECRET "\r\n", true},
    {"an empty file", "", false},
    {"an empty line", "\n", false},
    {"one character short", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c\n", false},
    {"one too many", SECRET "s\n", false},
    {"two lines", SECRET "\n" SECRET "\n", false},
    {"a character that Z85 does not have", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c~\n", false},
    {"five characters that are more than four bytes", "#####IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n", false},
    {"another format", "-----BEGIN OPENSSH PRIVATE KEY-----\n", false},
};

START_TEST (a_file_is_a_key_or_not) {
    bus_keys k = {"before", "before"};
    error e = {""};
    write_with_mode(secret_path, files[_i].text, strlen(files[_i].text), 0600);
    ck_assert_msg(bus_keys_load(&k, secret_path, &e) == files[_i].good, "%s: %s", files[_i].legend, e.text);
    if (files[_i].good) {
        ck_assert_str_eq(k.secret_key, SECRET);
        ck_assert_str_eq(k.public_key, PUBLIC);
    } else {
        ck_assert_str_eq(k.secret_key, "before");
        ck_assert_msg(strstr(e.text, "is not a key") && strstr(e.text, secret_path), "%s", e.text);
    }
    if (!files[_i].good && strlen(files[_i].text) > 10) /* what might be a secret is not shown */
        ck_assert_ptr_null(strstr(e.text, "hC2ac"));
}
END_TEST

START_TEST (a_nul_is_no_end) {
    bus_keys k;
    write_with_mode(secret_path, SECRET "\0\0", 42, 0600);
    ck_assert(!bus_keys_load(&k, secret_path, NULL));
}
END_TEST

static const struct {
    mode_t mode;
    bool good;
} modes[] = {{0600, true},  {0400, true},  {0700, true},  {0640, false}, {0604, false},
             {0660, false}, {0644, false}, {0666, false}, {0610, false}, {0601, false}};

START_TEST (only_the_owner_may_read_a_secret_key) {
    bus_keys k;
    error e = {""};
    write_with_mode(secret_path, SECRET, 40, modes[_i].mode);
    ck_assert_msg(bus_keys_load(&k, secret_path, &e) == modes[_i].good, "%04o: %s", modes[_i].mode, e.text);
    if (!modes[_i].good)
        ck_assert_msg(strstr(e.text, "chmod 600") != NULL, "%s", e.text);
}
END_TEST

START_TEST (the_owner_is_this_user_or_root) {
    bus_keys k;
    error e = {""};
    if (geteuid() != 0) /* only root may give files away */
        return;
    write_with_mode(secret_path, SECRET, 40, 0600);
    ck_assert_int_eq(chown(secret_path, 12345, (gid_t)-1), 0);
    ck_assert(!bus_keys_load(&k, secret_path, &e));
    ck_assert_msg(strstr(e.text, "belongs to user 12345") != NULL, "%s", e.text);
}
END_TEST

START_TEST (what_is_no_file_is_refused) {
    bus_keys k;
    error e = {""};
    ck_assert(!bus_keys_load(&k, directory, &e));
    ck_assert(!bus_keys_load(&k, "/dev/null", NULL));
    e = (error){""};
    ck_assert(!bus_keys_load(&k, secret_path, &e));
    ck_assert_msg(strstr(e.text, "No such file") != NULL, "%s", e.text);
    ck_assert_int_eq(mkfifo(secret_path, 0600), 0);
    ck_assert(!bus_keys_load(&k, secret_path, NULL)); /* and does not wait for a writer */
}
END_TEST

START_TEST (a_credential_is_a_file_of_the_service) {
    bus_keys k;
    error e = {""};
    write_with_mode(secret_path, SECRET, 40, 0440); /* as an access list of systemd's shows */
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    ck_assert_msg(bus_keys_load(&k, "credential:vehicle.key", &e), "%s", e.text);
    ck_assert_str_eq(k.public_key, PUBLIC);
    ck_assert(!bus_keys_load(&k, "credential:none.key", NULL));
    ck_assert_int_eq(chmod(secret_path, 0444), 0);
    ck_assert(!bus_keys_load(&k, "credential:vehicle.key", &e));
    ck_assert_msg(strstr(e.text, "everybody") != NULL, "%s", e.text);
    unsetenv("CREDENTIALS_DIRECTORY");
    e = (error){""};
    ck_assert(!bus_keys_load(&k, "credential:vehicle.key", &e));
    ck_assert_msg(strstr(e.text, "LoadCredential=") != NULL, "%s", e.text);
}
END_TEST

static const char *const bad_names[] = {"credential:", "credential:../vehicle.key", "credential:..",
                                        "credential:a/b"};

START_TEST (a_credential_is_a_plain_name) {
    bus_keys k;
    error e = {""};
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    ck_assert(!bus_keys_load(&k, bad_names[_i], &e));
    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert_msg(strstr(e.text, "no name of a credential") != NULL, "%s", e.text);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("keys");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, generated_keys_are_pairs_and_differ);
    tcase_add_loop_test(tc, saved_keys_are_read_back, 0, sizeof umasks / sizeof *umasks);
    tcase_add_test(tc, a_key_is_found);
    tcase_add_loop_test(tc, nothing_is_written_over, 0, 2);
    tcase_add_test(tc, a_link_is_not_followed_when_written);
    tcase_add_test(tc, a_place_that_cannot_be_written_is_named);
    tcase_add_loop_test(tc, a_file_is_a_key_or_not, 0, sizeof files / sizeof *files);
    tcase_add_test(tc, a_nul_is_no_end);
    tcase_add_loop_test(tc, only_the_owner_may_read_a_secret_key, 0, sizeof modes / sizeof *modes);
    tcase_add_test(tc, the_owner_is_this_user_or_root);
    tcase_add_test(tc, what_is_no_file_is_refused);
    tcase_add_test(tc, a_credential_is_a_file_of_the_service);
    tcase_add_loop_test(tc, a_credential_is_a_plain_name, 0, sizeof bad_names / sizeof *bad_names);
    return run_cases("keys", tc);
}
