// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/console/static.h"

#include <string.h>

#include "gateway/console/http.h"

static const struct static_file *find(const char *path)
{
	const char *name = !strcmp(path, "/") ? "/index.html" : path;
	for (size_t i = 0; i < static_count; i++)
		if (!strcmp(static_files[i].path, name))
			return &static_files[i];
	return NULL;
}

bool static_answer(struct exchange *x)
{
	const struct static_file *f = find(x->path);
	if (!f)
		return false;
	const char *known = http_request_header(x, "If-None-Match"), *accepts = http_request_header(x, "Accept-Encoding");
	bool gzip = accepts && strstr(accepts, "gzip") && f->gzip_size < f->plain_size;
	if (known && strstr(known, f->etag))
		http_bytes(x, 304, f->type, "", 0, false, f->etag, false);
	else
		http_bytes(x, 200, f->type, gzip ? f->gzip : f->plain, gzip ? f->gzip_size : f->plain_size, false, f->etag, gzip);
	return true;
}
