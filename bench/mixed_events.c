// Writes sessions in the worst mixture that is still traffic, and what a count of all of them must answer.
//
//   mixed_events SESSIONS SEED FIRST_SECOND DAYS
//
// Half of the sessions start in the order of time, spread evenly over the days from FIRST_SECOND (of the Unix epoch); the
// other half at random instants of them. Of those in order 3 % are late by up to 14 days. 99 of 100 sessions end, up to
// three hours later, and the end comes after the starts of some 100,000 others. 1 % of the starts are told again with an
// earlier instant, which counts, and 3 % of all events are told twice. Half of the players' sessions belong to a tenth of
// the players. The same arguments give the same bytes.
//
// Events, one JSON object a line, go to standard output; to standard error one line of JSON: how many events and sessions,
// the sessions of each country, and how many of them start in the second half of the days.
//
// In C, because on two cores the load must leave the service as much of them as it can.

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COUNTRIES = 40, WAITING = 1 << 17, LINE = 256, BUFFER = 1 << 20, SESSIONS_OF_PLAYER = 20 };

static const char COUNTRY[COUNTRIES][3] = {
    "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CN", "CO", "CZ", "DE", "DK", "EG", "ES", "FI", "FR", "GB", "GR", "HU",
    "ID", "IE", "IL", "IN", "IT", "JP", "KR", "MX", "MY", "NL", "NO", "PE", "PH", "PL", "PT", "RO", "SE", "TR", "US", "VN"};
static const int64_t SECOND = 1000000, HOUR = 3600 * INT64_C(1000000), DAY = 24 * 3600 * INT64_C(1000000);

// A session on its way: what is to be told of it later.
struct waiting {
    uint64_t number;
    int64_t start;
    int isUsed;
};

static uint64_t seed, events;
static char buffer[BUFFER + LINE];
static size_t used;

// splitmix64 (Vigna, https://prng.di.unimi.it/splitmix64.c): a number that looks random, of a number and a purpose.
static uint64_t mix(uint64_t number, uint64_t purpose) {
    uint64_t z = number * UINT64_C(0x9e3779b97f4a7c15) + seed + purpose * UINT64_C(0xd1342543de82ef95);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void flush(void) {
    if (fwrite(buffer, 1, used, stdout) != used) exit(1);
    used = 0;
}

static void put(const char *text) {
    size_t length = strlen(text);
    memcpy(buffer + used, text, length);
    used += length;
}

static void put_hex(uint64_t value, int digits) {
    while (digits--) buffer[used++] = "0123456789abcdef"[value >> (4 * digits) & 15];
}

static void put_decimal(int64_t value, int digits) {
    for (int place = digits - 1; place >= 0; place--, value /= 10) buffer[used + place] = '0' + value % 10;
    used += digits;
}

static void put_time(int64_t microseconds) {
    static int64_t day_of_text = -1;
    static char text[32];
    int64_t day = microseconds / DAY, rest = microseconds % DAY;
    if (day != day_of_text) {
        time_t seconds = day * 86400;
        struct tm parts;
        strftime(text, sizeof text, "%Y-%m-%dT", gmtime_r(&seconds, &parts));
        day_of_text = day;
    }
    put(text);
    put_decimal(rest / HOUR, 2);
    put(":");
    put_decimal(rest / (60 * SECOND) % 60, 2);
    put(":");
    put_decimal(rest / SECOND % 60, 2);
    put(".");
    put_decimal(rest % SECOND, 6);
}

static uint64_t player_of(uint64_t number, uint64_t players) {
    uint64_t random = mix(number, 1);
    return random & 1 ? (random >> 1) % (players / 10 + 1) : (random >> 1) % players;
}

static int country_of(uint64_t player) {
    // Some countries have many players, and most few.
    uint64_t random = mix(player, 2);
    int spread = random % COUNTRIES + 1;
    return (random >> 32) % spread;
}

static void tell(uint64_t number, uint64_t players, int64_t at, int is_start) {
    int times = mix(number, is_start ? 3 : 4) % 100 < 3 ? 2 : 1;
    uint64_t player = player_of(number, players), session = mix(number, 5), rest = mix(number, 6);
    while (times--) {
        if (used > BUFFER) flush();
        put(is_start ? "{\"event\": \"start\", \"country\": \"" : "{\"event\": \"end");
        if (is_start) put(COUNTRY[country_of(player)]);
        put("\", \"player_id\": \"");
        put_hex(mix(player, 7), 16);
        put_hex(mix(player, 8), 16);
        put("\", \"session_id\": \"");
        put_hex(session >> 32, 8);
        put("-");
        put_hex(session >> 16, 4);
        put("-4");
        put_hex(session, 3);
        put("-a");
        put_hex(rest >> 48, 3);
        put("-");
        put_hex(rest, 12);
        put("\", \"ts\": \"");
        put_time(at);
        put("\"}\n");
        events++;
    }
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: mixed_events SESSIONS SEED FIRST_SECOND DAYS\n");
        return 2;
    }
    uint64_t sessions = strtoull(arguments[1], NULL, 10);
    seed = strtoull(arguments[2], NULL, 10);
    int64_t first = strtoll(arguments[3], NULL, 10) * SECOND, span = strtoll(arguments[4], NULL, 10) * DAY;
    uint64_t players = sessions / SESSIONS_OF_PLAYER + 1, by_country[COUNTRIES] = {0}, late_half = 0;
    struct waiting *waiting = calloc(WAITING, sizeof *waiting);
    if (!waiting || sessions == 0 || span <= 0) return 1;
    for (uint64_t step = 0; step < sessions + WAITING; step++) {
        // What is told later stands in a ring: its place comes again after WAITING sessions.
        struct waiting *place = &waiting[step % WAITING];
        if (place->isUsed) {
            if (mix(place->number, 9) % 100 == 0) {
                int64_t moved = place->start - (int64_t)(mix(place->number, 10) % (uint64_t)(2 * HOUR));
                if (moved < first) moved = first;
                tell(place->number, players, moved, 1);
                place->start = moved < place->start ? moved : place->start;
            }
            late_half += place->start > first + span / 2;
            int64_t end = place->start + (int64_t)(mix(place->number, 11) % (uint64_t)(3 * HOUR));
            if (mix(place->number, 12) % 100) tell(place->number, players, end, 0);
        }
        place->isUsed = step < sessions;
        if (!place->isUsed) continue;
        int64_t start = first + (int64_t)((__int128)span * step / sessions);
        if (step % 2)
            start = first + (int64_t)(mix(step, 13) % (uint64_t)span);
        else if (mix(step, 14) % 100 < 3)
            start -= (int64_t)(mix(step, 15) % (uint64_t)(14 * DAY));
        if (start < first) start = first;
        place->number = step;
        place->start = start;
        tell(step, players, start, 1);
        by_country[country_of(player_of(step, players))]++;
    }
    flush();
    if (fflush(stdout)) return 1;
    fprintf(stderr, "{\"events\": %" PRIu64 ", \"sessions\": %" PRIu64 ", \"late_half\": %" PRIu64 ", \"count\": {", events,
            sessions, late_half);
    const char *comma = "";
    for (int country = 0; country < COUNTRIES; country++) {
        if (!by_country[country]) continue;
        fprintf(stderr, "%s\"%s\": %" PRIu64, comma, COUNTRY[country], by_country[country]);
        comma = ", ";
    }
    fprintf(stderr, "}}\n");
    return 0;
}
