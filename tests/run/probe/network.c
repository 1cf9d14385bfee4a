/* SPDX-License-Identifier: MIT */
/* network serve4|serve6       a TCP server and a client talk over loopback; prints what arrived
 * network connect ADDRESS PORT  connects by IPv4 and prints "connected" or the error
 * network unix PATH           connects to a socket file, prints what the server says */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char* what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int print_greeting(int fd)
{
    char text[128];
    ssize_t length = read(fd, text, sizeof text - 1);
    if (length < 0)
        return fail("read");
    text[length] = '\0';
    puts(text);
    return 0;
}

static socklen_t loopback(int family, struct sockaddr_storage* address)
{
    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        ((struct sockaddr_in*)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof(struct sockaddr_in);
    }
    ((struct sockaddr_in6*)address)->sin6_addr = in6addr_loopback;
    return sizeof(struct sockaddr_in6);
}

static int serve(int family)
{
    struct sockaddr_storage address;
    socklen_t length = loopback(family, &address);
    int server = socket(family, SOCK_STREAM, 0);
    int client = socket(family, SOCK_STREAM, 0);
    if (server < 0 || client < 0)
        return fail("socket");
    if (bind(server, (struct sockaddr*)&address, length) || listen(server, 1))
        return fail("listen");
    if (getsockname(server, (struct sockaddr*)&address, &length))
        return fail("getsockname");
    if (connect(client, (struct sockaddr*)&address, length))
        return fail("connect");
    int accepted = accept(server, NULL, NULL);
    if (accepted < 0 || write(accepted, "over loopback", 13) != 13)
        return fail("accept");
    close(accepted);
    return print_greeting(client);
}

static int connect_to(const char* host, const char* port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    inet_pton(AF_INET, host, &address.sin_addr);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr*)&address, sizeof address))
        return fail("connect");
    puts("connected");
    return 0;
}

static int connect_unix(const char* path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr*)&address, sizeof address))
        return fail("connect");
    return print_greeting(client);
}

int main(int argc, char** argv)
{
    alarm(10);
    if (argc == 2)
        return serve(strcmp(argv[1], "serve6") == 0 ? AF_INET6 : AF_INET);
    if (argc == 3)
        return connect_unix(argv[2]);
    return argc == 4 ? connect_to(argv[2], argv[3]) : 2;
}
