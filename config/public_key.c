#include "config/public_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 32; the place of a character is its value. */
static const char z85_characters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
static const char credential_prefix[] = "credential:";

bool config_key_valid(const char *z85)
{
    if (strspn(z85, z85_characters) != RUN_KEY_SIZE - 1 || z85[RUN_KEY_SIZE - 1] != '\0')
        return false;
    for (size_t i = 0; i < RUN_KEY_SIZE - 1; i += 5) {
        uint64_t value = 0;
        for (size_t j = 0; j < 5; j++)
            value = value * 85 + (uint64_t)(strchr(z85_characters, z85[i + j]) - z85_characters);
        /* Five characters can say more than four bytes hold. */
        if (value > UINT32_MAX)
            return false;
    }
    return true;
}

bool config_is_credential(const char *where)
{
    return strncmp(where, credential_prefix, sizeof credential_prefix - 1) == 0;
}

const char *config_credential_name(const char *where)
{
    const char *name = where + sizeof credential_prefix - 1;
    if (!config_is_credential(where) || name[0] == '\0' || name[0] == '.' || strchr(name, '/'))
        return NULL;
    return name;
}

static bool find_file(char path[PATH_MAX], const char *where, error *e)
{
    const char *name = config_credential_name(where);
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    if (!config_is_credential(where))
        return snprintf(path, PATH_MAX, "%s", where) < PATH_MAX || error_set(e, "the path is too long");
    if (!name)
        return error_set(e, "that is no name of a credential");
    if (!directory)
        return error_set(e, "this is not a systemd service that loads credentials (LoadCredential=)");
    return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX ||
           error_set(e, "the path is too long");
}

/* One line of Z85, whatever white space follows. */
static bool read_key(int fd, char key[RUN_KEY_SIZE], error *e)
{
    char text[RUN_KEY_SIZE + 8];
    struct stat st;
    if (fstat(fd, &st) != 0)
        return error_set(e, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(e, "not a file");
    ssize_t size = read(fd, text, sizeof text - 1);
    if (size < 0)
        return error_set(e, "%s", strerror(errno));
    while (size > 0 && memchr(" \t\r\n", text[size - 1], 4))
        size--;
    text[size] = '\0';
    if (strlen(text) != (size_t)size || !config_key_valid(text))
        return error_set(e, "not one line of 40 characters of Z85, as posed keygen writes it");
    memcpy(key, text, RUN_KEY_SIZE);
    return true;
}

bool config_public_key_load(char key[RUN_KEY_SIZE], const char *where, error *e)
{
    char path[PATH_MAX];
    if (!find_file(path, where, e))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set(e, "%s", strerror(errno));
    bool good = read_key(fd, key, e);
    close(fd);
    return good;
}
