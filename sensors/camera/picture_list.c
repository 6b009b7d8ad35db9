#include "sensors/camera/picture_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* strverscmp(3) takes leading zeros for fractions; here 007 is 7. */
int picture_order(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    const char *from_a = a, *from_b = b;
    while (*a != '\0' && *b != '\0') {
        a += strspn(a, "0");
        b += strspn(b, "0");
        size_t na = strspn(a, digits), nb = strspn(b, digits);
        if (na != nb)
            return na < nb ? -1 : 1;
        int order = strncmp(a, b, na);
        if (order != 0)
            return order;
        a += na;
        b += nb;
        if (*a != *b)
            break;
        if (*a != '\0') {
            a++;
            b++;
        }
    }
    return *a != *b ? ((unsigned char)*a < (unsigned char)*b ? -1 : 1) : strcmp(from_a, from_b);
}

static int compare(const void *a, const void *b)
{
    return picture_order(*(char *const *)a, *(char *const *)b);
}

static bool is_picture(const char *name)
{
    static const char *const endings[] = {"png", "jpg", "jpeg", "bmp",  "pgm",
                                          "ppm", "pnm", "tif",  "tiff", "webp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return true;
    }
    return false;
}

static bool add(picture_list *list, size_t *room, const char *name, error *e)
{
    if (list->count == *room) {
        size_t larger = *room ? 2 * *room : 256;
        char **names = realloc(list->names, larger * sizeof *names);
        if (!names)
            return error_set(e, "out of memory");
        list->names = names;
        *room = larger;
    }
    if (!(list->names[list->count] = strdup(name)))
        return error_set(e, "out of memory");
    list->count++;
    return true;
}

bool picture_list_read(picture_list *list, const char *directory, error *e)
{
    size_t room = 0;
    bool ok = true;
    *list = (picture_list){0};
    DIR *d = opendir(directory);
    if (!d)
        return error_set(e, "%s: %s", directory, strerror(errno));
    for (struct dirent *at; ok && (at = readdir(d));) {
        if (at->d_name[0] == '.')
            continue;
        if (is_picture(at->d_name))
            ok = add(list, &room, at->d_name, e);
        else
            list->other++;
    }
    closedir(d);
    if (ok && list->count == 0)
        ok = error_set(e, "%s: no pictures in it, by their names; %zu other files", directory, list->other);
    if (ok)
        qsort(list->names, list->count, sizeof *list->names, compare);
    return ok;
}

void picture_list_finish(picture_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (picture_list){0};
}
