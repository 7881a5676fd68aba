// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once
// What every request must have before its handler sees it. Each check answers by itself when it does not hold.

#include <sys/socket.h>

#include "gateway/console/http.h"

void http_address(struct exchange *x, const struct sockaddr *from);
// Method, path, Host, Origin, lengths, session, CSRF token, role. Finds the route; a static file is answered here.
void http_check_head(struct exchange *x, const char *method);
bool http_check_body(struct exchange *x); // one JSON object
// Why a request without a session has none.
void http_no_session(struct exchange *x, const char *reason);
