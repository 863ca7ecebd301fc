/* SPDX-License-Identifier: GPL-2.0-or-later */
/* openapi.json as a string, which the build makes. */
#ifndef TASKMETERD_API_OPENAPI_TEXT_H
#define TASKMETERD_API_OPENAPI_TEXT_H

extern const char openapi_text[];

#endif
