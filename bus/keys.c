#include "bus/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { SECRET_MODE = 0600, PUBLIC_MODE = 0644 };

/* RFC 32. */
static const char z85_characters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool bus_key_valid(const char *z85)
{
    unsigned char raw[32];
    if (strspn(z85, z85_characters) != BUS_KEY_SIZE - 1 || z85[BUS_KEY_SIZE - 1] != '\0')
        return false;
    /* Five characters can say more than four bytes hold. */
    bool fits = zmq_z85_decode(raw, z85) != NULL;
    sodium_memzero(raw, sizeof raw);
    return fits;
}

void bus_keys_forget(bus_keys *k)
{
    sodium_memzero(k, sizeof *k);
}

bool bus_keys_generate(bus_keys *k, error *e)
{
    if (zmq_curve_keypair(k->public_key, k->secret_key) != 0)
        return error_set(e, "cannot make keys: %s", zmq_strerror(zmq_errno()));
    return true;
}

/* ---- reading */

static const char credential_prefix[] = "credential:";

/* The file that `where` means. */
static bool find_file(char path[PATH_MAX], const char *where, bool *credential, error *e)
{
    size_t prefix = strlen(credential_prefix);
    int length;
    *credential = strncmp(where, credential_prefix, prefix) == 0;
    if (*credential) {
        const char *directory = getenv("CREDENTIALS_DIRECTORY"), *name = where + prefix;
        if (name[0] == '\0' || name[0] == '.' || strchr(name, '/'))
            return error_set(e, "%s: that is no name of a credential", where);
        if (!directory)
            return error_set(e, "%s: this is not a systemd service that loads credentials (LoadCredential=)",
                             where);
        length = snprintf(path, PATH_MAX, "%s/%s", directory, name);
    } else {
        length = snprintf(path, PATH_MAX, "%s", where);
    }
    return (length >= 0 && length < PATH_MAX) || error_set(e, "%s: the path is too long", where);
}

/* Whoever can read the key can speak for us, whoever can change it can take our place. systemd gives a
 * service its credentials through an access list, which shows as group rights and an owner root; it answers
 * for the directory. */
static bool check_secrecy(int fd, const char *path, bool credential, error *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return error_set(e, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(e, "%s is not a file", path);
    if (!credential && (st.st_mode & 077) != 0)
        return error_set(e, "%s has mode %04o, but only its owner may read a secret key: chmod 600 %s", path,
                         (unsigned)st.st_mode & 07777, path);
    if (credential && (st.st_mode & 07) != 0)
        return error_set(e, "%s has mode %04o: everybody may read it", path, (unsigned)st.st_mode & 07777);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return error_set(e, "%s belongs to user %u, but this program runs as user %u", path,
                         (unsigned)st.st_uid, (unsigned)geteuid());
    return true;
}

/* One line of Z85, whatever white space follows. */
static bool read_key(int fd, char key[BUS_KEY_SIZE], const char *path, error *e)
{
    char text[BUS_KEY_SIZE + 8];
    ssize_t size = read(fd, text, sizeof text - 1);
    if (size < 0)
        return error_set(e, "%s: %s", path, strerror(errno));
    while (size > 0 && memchr(" \t\r\n", text[size - 1], 4))
        size--;
    text[size] = '\0';
    bool good = strlen(text) == (size_t)size && bus_key_valid(text);
    if (good)
        memcpy(key, text, BUS_KEY_SIZE);
    sodium_memzero(text, sizeof text);
    return good ||
           error_set(e, "%s is not a key: one line of 40 characters of Z85, as posed keygen writes it", path);
}

static bool load(char key[BUS_KEY_SIZE], const char *where, bool secret, error *e)
{
    char path[PATH_MAX];
    bool credential;
    if (!find_file(path, where, &credential, e))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set(e, "%s: %s", path, strerror(errno));
    bool good = (!secret || check_secrecy(fd, path, credential, e)) && read_key(fd, key, path, e);
    close(fd);
    return good;
}

bool bus_keys_load(bus_keys *k, const char *where, error *e)
{
    bus_keys loaded;
    bool good = load(loaded.secret_key, where, true, e);
    if (good && zmq_curve_public(loaded.public_key, loaded.secret_key) != 0)
        good = error_set(e, "%s: no public key belongs to it: %s", where, zmq_strerror(zmq_errno()));
    if (good)
        *k = loaded;
    bus_keys_forget(&loaded);
    return good;
}

bool bus_public_key_load(char key[BUS_KEY_SIZE], const char *where, error *e)
{
    return load(key, where, false, e);
}

/* All but a few characters of file names are of Z85: a path of 40 of them may look like a key, but no key is
 * the name of a file by chance. */
bool bus_public_key_find(char key[BUS_KEY_SIZE], const char *given, error *e)
{
    if (!bus_key_valid(given) || access(given, F_OK) == 0)
        return bus_public_key_load(key, given, e);
    memcpy(key, given, BUS_KEY_SIZE);
    return true;
}

/* ---- writing */

static int create(const char *path, mode_t mode, error *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST)
        error_set(e, "%s is there already, and keys are never written over", path);
    else if (fd < 0)
        error_set(e, "cannot write %s: %s", path, strerror(errno));
    return fd;
}

static bool write_key(int fd, const char *key)
{
    char line[BUS_KEY_SIZE + 1];
    size_t size = (size_t)snprintf(line, sizeof line, "%s\n", key);
    bool good = write(fd, line, size) == (ssize_t)size && fsync(fd) == 0;
    sodium_memzero(line, sizeof line);
    return good;
}

/* Both names are taken before either is written. */
bool bus_keys_save(const bus_keys *k, const char *path, error *e)
{
    char secret_path[PATH_MAX], public_path[PATH_MAX];
    int length = snprintf(secret_path, sizeof secret_path, "%s.key", path);
    snprintf(public_path, sizeof public_path, "%.*s.pub", PATH_MAX - 5, path);
    if (length < 0 || length >= PATH_MAX)
        return error_set(e, "%s: the path is too long", path);
    int secret = create(secret_path, SECRET_MODE, e);
    if (secret < 0)
        return false;
    int public = create(public_path, PUBLIC_MODE, e);
    bool good = public >= 0;
    if (good && !(fchmod(secret, SECRET_MODE) == 0 && write_key(secret, k->secret_key) &&
                  write_key(public, k->public_key))) {
        good = error_set(e, "cannot write %s: %s", secret_path, strerror(errno));
        unlink(public_path);
    }
    if (public >= 0)
        close(public);
    close(secret);
    if (!good)
        unlink(secret_path);
    return good;
}
