#include "sensors/camera_loader.h"

#ifndef POSED_CAMERA_MODULE

const camera_module *camera_module_load(error *e)
{
    error_set(e, CAMERA_MODULE_MISSING);
    return NULL;
}

#else
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char beside_program[] = "/../sensors/camera/posed-camera.so";

/* "" when there is none. */
static void find_beside(char path[PATH_MAX])
{
    char program[PATH_MAX - sizeof beside_program];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    snprintf(path, PATH_MAX, "%s%s", dirname(program), beside_program);
    if (access(path, R_OK) != 0)
        path[0] = '\0';
}

/* RTLD_NODELETE: the libraries keep state of the whole process, and are not made to be taken out of it. */
const camera_module *camera_module_load(error *e)
{
    char path[PATH_MAX];
    find_beside(path);
    if (path[0] == '\0')
        snprintf(path, sizeof path, "%s", POSED_CAMERA_MODULE);
    void *library = dlopen(path, RTLD_LOCAL | RTLD_NOW | RTLD_NODELETE);
    if (!library) {
        error_set(e, "the camera module cannot be loaded: %s", dlerror());
        return NULL;
    }
    const camera_module *module = dlsym(library, CAMERA_MODULE_SYMBOL);
    bool fits =
        module && module->version == CAMERA_MODULE_VERSION && strcmp(module->build, POSED_VERSION) == 0;
    if (!fits)
        error_set(e, "%s: not the camera module of posed " POSED_VERSION, path);
    dlclose(library);
    return fits ? module : NULL;
}
#endif
