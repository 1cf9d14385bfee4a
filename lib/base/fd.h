// SPDX-License-Identifier: MIT
// A file descriptor with one owner. Raw numbers only cross function edges.
#pragma once

#include <unistd.h>
#include <utility>

namespace ctr {

class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    Fd(Fd const&) = delete;
    Fd& operator=(Fd const&) = delete;
    ~Fd() { reset(); }

    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }
    void reset()
    {
        if (number_ >= 0)
            (void)::close(std::exchange(number_, -1)); // nothing can be done about a failing close
    }

private:
    int number_ = -1;
};

} // namespace ctr
