// SPDX-License-Identifier: MIT
#include "spawn/program.h"

#include "base/text.h"
#include "sys/memfd.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace ctr::spawn {

// The program's bytes: a source that embed.py makes of the built ctr-init.
extern unsigned char const init_image[];
extern size_t const init_image_size;

namespace {

Error program_error(int sys)
{
    bool const limited = sys == EMFILE || sys == ENFILE || sys == EFBIG || sys == ENOMEM;
    return Error{.code = limited ? code_of(sys) : Code::unsupported,
                 .step = Step::launch,
                 .sys = sys,
                 .subject = "ctr-init",
                 .message = limited ? "cannot make the memory file that ctr-init is executed from"
                                    : concat("the host refuses an executable memory file, and ", quoted(CTR_INIT_PATH),
                                             " is not installed")};
}

} // namespace

Result<Fd> open_program()
{
    std::string_view const image(reinterpret_cast<char const*>(init_image), init_image_size);
    sys::Outcome<Fd> sealed = sys::sealed_file("ctr-init", image, true);
    if (sealed)
        return std::move(sealed.value);
    sys::Outcome<Fd> installed = sys::open_file(AT_FDCWD, CTR_INIT_PATH, O_PATH);
    if (installed)
        installed = sys::lifted(std::move(installed.value));
    if (installed)
        return std::move(installed.value);
    return program_error(sealed.error);
}

Program::~Program()
{
    if (int const fd = fd_.load(); fd >= 0)
        (void)::close(fd); // nothing can be done about a failing close
}

Result<int> Program::get() const
{
    if (int const fd = fd_.load(); fd >= 0)
        return fd;
    Fd opened = CTR_TRY(open_program());
    int expected = -1;
    if (fd_.compare_exchange_strong(expected, opened.get()))
        return opened.release();
    return expected; // another thread was first
}

} // namespace ctr::spawn
