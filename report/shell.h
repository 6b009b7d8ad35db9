/*
 * The page around its data: HTML, style, script and plotting library, made from report/page/ at build time.
 */
#ifndef POSED_REPORT_SHELL_H
#define POSED_REPORT_SHELL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands before the data and what behind. Both sizes are 0 when posed was built without the page. */
extern const unsigned char report_page_head[], report_page_tail[];
extern const size_t report_page_head_size, report_page_tail_size;

#ifdef __cplusplus
}
#endif
#endif
