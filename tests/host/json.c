/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Each parser returns where its value ends, or NULL. */
static const char* value(const char* at, int depth);

static const char* space(const char* at) { return at + strspn(at, " \t\r\n"); }

static const char* escape(const char* at)
{
    if (*at != 'u')
        return *at != 0 && strchr("\"\\/bfnrt", *at) != NULL ? at + 1 : NULL;
    for (int i = 1; i <= 4; i++)
        if (!isxdigit((unsigned char)at[i]))
            return NULL;
    return at + 5;
}

static const char* string(const char* at)
{
    if (*at != '"')
        return NULL;
    for (at++; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL; /* the end of the text too */
        if (*at == '\\') {
            at = escape(at + 1);
            if (at == NULL)
                return NULL;
            at--;
        }
    }
    return at + 1;
}

static const char* digits(const char* at)
{
    size_t count = strspn(at, "0123456789");
    return count > 0 ? at + count : NULL;
}

static const char* number(const char* at)
{
    if (*at == '-')
        at++;
    at = *at == '0' ? at + 1 : digits(at);
    if (at != NULL && *at == '.')
        at = digits(at + 1);
    if (at != NULL && (*at == 'e' || *at == 'E'))
        at = digits(at + 1 + (at[1] == '+' || at[1] == '-'));
    return at;
}

static const char* member(const char* at, int depth)
{
    at = string(at);
    if (at == NULL || *(at = space(at)) != ':')
        return NULL;
    return value(space(at + 1), depth);
}

static const char* list(const char* at, char close, int depth)
{
    at = space(at + 1);
    if (*at == close)
        return at + 1;
    for (;;) {
        at = close == '}' ? member(at, depth) : value(at, depth);
        if (at == NULL)
            return NULL;
        at = space(at);
        if (*at == close)
            return at + 1;
        if (*at != ',')
            return NULL;
        at = space(at + 1);
    }
}

static const char* value(const char* at, int depth)
{
    static const char* const words[] = {"true", "false", "null"};
    if (depth > 100)
        return NULL;
    if (*at == '{' || *at == '[')
        return list(at, *at == '{' ? '}' : ']', depth + 1);
    if (*at == '"')
        return string(at);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return number(at);
}

int is_json(const char* text)
{
    const char* end = text == NULL ? NULL : value(space(text), 0);
    return end != NULL && *space(end) == 0;
}
