/* What the server says: counted, hardly read. Of a frame only its beginning is looked at. */

#include "load.h"

#include <stdlib.h>
#include <string.h>

#define LOOKED_AT 256 /* bytes of a payload: the number of a message stands before that */
#define TYPE 9        /* bytes of {"type":" */
#define CLOSE 8
#define PING 9

static char expected[64];
static bool found;

/* Wait for a frame of this type to the first client. */
void frames_expect(const char *type) {
    strncpy(expected, type, sizeof expected - 1);
    found = false;
}

bool frames_found(void) {
    return found;
}

static uint32_t number_at(const unsigned char *at, const unsigned char *end) {
    uint32_t number = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) number = number * 10 + (uint32_t)(*at - '0');
    return number;
}

static void told(struct client *c, const unsigned char *text, size_t size, uint64_t now) {
    static const char key[] = "\"count\":";
    const unsigned char *at = memmem(text, size, key, sizeof key - 1);
    if (!at) return;
    c->told = (int)number_at(at + sizeof key - 1, text + size);
    c->told_at = now;
}

static bool is_type(const unsigned char *text, size_t size, const char *type) {
    size_t length = strlen(type);
    return size > TYPE + length && memcmp(text + TYPE, type, length) == 0 &&
           text[TYPE + length] == '"';
}

static void text(struct client *c, const unsigned char *text, size_t size, uint64_t now) {
    if (is_type(text, size, "message:new")) {
        const unsigned char *at = memchr(text, '~', size);
        if (at) talk_delivered(c, number_at(at + 1, text + size), now);
        return;
    }
    if (is_type(text, size, "userCount") || is_type(text, size, "presence"))
        told(c, text, size, now);
    else if (is_type(text, size, "error"))
        refused++;
    if (c == clients && !found && is_type(text, size, expected)) found = true;
}

/* Return how long head and payload are; 0: the head is not whole yet. */
static size_t head(const unsigned char *data, size_t size, uint64_t *payload) {
    if (size < 2) return 0;
    unsigned length = data[1] & 127;
    size_t bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (size < 2 + bytes) return 0;
    *payload = bytes ? 0 : length;
    for (size_t i = 0; i < bytes; i++) *payload = *payload << 8 | data[2 + i];
    return 2 + bytes;
}

/* Take in one frame of which enough is there; return false at the end of the connection. */
static bool frame(struct client *c, unsigned opcode, const unsigned char *payload, size_t size,
                  uint64_t now) {
    if (opcode == CLOSE) return false;
    if (opcode == PING && c->state == OPEN) client_pong(c, payload, size);
    else if (opcode <= 2) text(c, payload, size, now);
    return true;
}

/* Take in bytes of a client, and keep what is too little; return false at its end. */
bool frames_read(struct client *c, unsigned char *data, size_t size, uint64_t now) {
    while (size > 0) {
        if (c->passed > 0) {
            size_t some = c->passed < size ? (size_t)c->passed : size;
            data += some;
            size -= some;
            c->passed -= some;
            continue;
        }
        uint64_t payload = 0;
        size_t start = head(data, size, &payload);
        size_t looked = payload < LOOKED_AT ? (size_t)payload : LOOKED_AT;
        if (start == 0 || size < start + looked) {
            memcpy(c->keep, data, size);
            c->kept = (unsigned)size;
            return true;
        }
        if (!frame(c, data[0] & 15, data + start, looked, now)) return false;
        c->passed = start + payload;
    }
    return true;
}
