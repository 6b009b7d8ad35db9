#include "sensors/import/importer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const importer importer_comma2k19, importer_csv;

const importer *const importers[] = {&importer_comma2k19, &importer_csv};
const size_t importer_count = sizeof importers / sizeof *importers;

const importer *importer_find(const char *name)
{
    for (size_t i = 0; i < importer_count; i++) {
        if (strcmp(importers[i]->name, name) == 0)
            return importers[i];
    }
    return NULL;
}

void import_note(const import_sink *sink, const char *format, ...)
{
    char text[256];
    va_list args;
    if (!sink->note)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sink->note(sink->context, text);
}

void import_base_name(const char *directory, char name[IMPORT_NAME_SIZE])
{
    char *path = realpath(directory, NULL);
    const char *slash = path ? strrchr(path, '/') : NULL;
    snprintf(name, IMPORT_NAME_SIZE, "%s", slash && slash[1] != '\0' ? slash + 1 : "?");
    free(path);
}
