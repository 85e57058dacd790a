/* overlay.c: --overlay: what stands beside the rows of a result. So far there is one: what others published. */
#include "bench/cli/overlay.h"

#include <string.h>

#include "bench/base/log.h"
#include "bench/cli/share.h"
#include "bench/cli/suggest.h"
#include "bench/store/published.h"

enum dlb_status dlb_overlay_apply(struct dlb_cli *cli, const char *name, struct dlb_result *result)
{
    static const char *const names[] = {"none", "published", NULL};
    char folder[DLB_SHARE_PATH_SIZE];
    struct dlb_why why = {""};
    int added = 0;
    if (name == NULL || strcmp(name, "none") == 0)
        return DLB_OK;
    if (strcmp(name, "published") != 0)
        return dlb_fail(&cli->why, DLB_INVALID,
                        "--overlay wants one of: none published; found '%.60s'%s", name,
                        dlb_suggest(name, names).text);
    enum dlb_status status = dlb_share_path("published", folder, sizeof folder, &cli->why);
    if (status != DLB_OK)
        return status;
    status = dlb_published_overlay(result, folder, &added, &why);
    if (status != DLB_OK)
        return dlb_fail(&cli->why, status, "%s", why.text);
    if (added == 0)
        dlb_log(DLB_LOG_WARNING, "--overlay published: %s", why.text);
    return DLB_OK;
}
