// SPDX-License-Identifier: MIT
#include "sys/channel.h"

#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace ctr;

namespace {

size_t open_descriptors()
{
    std::filesystem::directory_iterator const all("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// A process without a standard input, as long as this lives.
class Closed {
public:
    Closed() : kept_(::fcntl(0, F_DUPFD_CLOEXEC, 10)) { ::close(0); }
    Closed(Closed const&) = delete;
    Closed& operator=(Closed const&) = delete;
    ~Closed()
    {
        if (kept_)
            (void)::dup2(kept_.get(), 0); // cannot fail: the number is open or free
    }

private:
    Fd kept_;
};

} // namespace

TEST(sys_channel, a_packet_brings_one_descriptor_and_others_that_come_along_are_closed)
{
    sys::Outcome<sys::Channel> const channel = sys::make_channel();
    ASSERT_TRUE(channel);
    size_t const before = open_descriptors();
    for (size_t const count : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{200}}) {
        char byte = 'x';
        ASSERT_EQ(0, sys::send_packet(channel.value.theirs.get(), &byte, 1, std::vector<int>(count, STDERR_FILENO)));
        sys::Outcome<sys::Packet> const got = sys::receive_packet(channel.value.ours.get(), &byte, 1);
        ASSERT_TRUE(got);
        EXPECT_EQ(count != 0, got.value.fd.get() >= 0);
        EXPECT_EQ(before + (count == 0 ? 0 : 1), open_descriptors());
    }
    EXPECT_EQ(before, open_descriptors());
}

TEST(sys_channel, a_received_descriptor_takes_no_standard_number_of_a_host_without_them)
{
    sys::Outcome<sys::Channel> const channel = sys::make_channel();
    ASSERT_TRUE(channel);
    char byte = 'x';
    ASSERT_EQ(0, sys::send_packet(channel.value.theirs.get(), &byte, 1, {STDERR_FILENO}));
    Closed const closed;
    sys::Outcome<sys::Packet> const got = sys::receive_packet(channel.value.ours.get(), &byte, 1);
    ASSERT_TRUE(got);
    EXPECT_GT(got.value.fd.get(), STDERR_FILENO);
    EXPECT_EQ(::fcntl(got.value.fd.get(), F_GETFD), FD_CLOEXEC);
}
