// Measures how soon a backend sees that a client has gone, for requests that wait for an answer and for streams.
//
//   cancel_probe GATEWAY_PORT BACKEND_PORT REPEATS
//
// It is the client and the backend at once. Prints the median and the maximum in microseconds.
#include "loopback.h"

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    must(argc == 4, "usage: cancel_probe GATEWAY_PORT BACKEND_PORT REPEATS");
    int listener = listen_on(atoi(argv[2])), repeats = atoi(argv[3]);
    int64_t *times = calloc(repeats, sizeof *times);
    for (int index = 0; index < repeats; index++) {
        char buffer[8192];
        int client = connect_to(atoi(argv[1]));
        send_request(client, "streams", 1);
        int backend = accept(listener, NULL, NULL);
        // Every other time nothing has been answered when the client goes.
        ssize_t count;
        while ((count = read(backend, buffer, sizeof buffer)) > 0 && !memchr(buffer, '}', count)) continue;
        usleep(2000);
        if (index % 2) {
            must(write(backend, STREAM_HEAD, sizeof STREAM_HEAD - 1) > 0 && send_event(backend), "write");
            must(read(client, buffer, sizeof buffer) > 0, "read");
            send_event(backend);
            usleep(2000);
        }
        int64_t start = now_ns();
        close(client);
        struct pollfd gone = {.fd = backend, .events = POLLIN | POLLRDHUP};
        must(poll(&gone, 1, 5000) == 1, "the backend was never closed");
        times[index] = now_ns() - start;
        close(backend);
    }
    qsort(times, repeats, sizeof *times, by_value);
    printf("%.1f %.1f\n", times[repeats / 2] / 1e3, times[repeats - 1] / 1e3);
}
