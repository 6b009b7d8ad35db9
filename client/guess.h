/*
 * Why nothing comes from an endpoint. Internal to the tree.
 */
#ifndef POSED_CLIENT_GUESS_H
#define POSED_CLIENT_GUESS_H

#ifdef __cplusplus
extern "C" {
#endif

/* The usual reason, as far as it is to be seen from here: "is posed running?", ... */
const char *client_guess(const char *endpoint);

#ifdef __cplusplus
}
#endif
#endif
