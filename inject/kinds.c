#include "inject/kind.h"

#include <string.h>

const inject_kind *const inject_kinds[] = {
#define X(word) &inject_##word,
    INJECT_KINDS(X)
#undef X
        NULL,
};

const inject_kind *inject_kind_find(const char *word)
{
    for (const inject_kind *const *kind = inject_kinds; *kind; kind++) {
        if (strcmp((*kind)->word, word) == 0)
            return *kind;
    }
    return NULL;
}
