// SPDX-License-Identifier: MIT
#include "files.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

namespace cli {
namespace {

constexpr size_t largest_content = size_t{16} << 20;
constexpr mode_t permission_bits = 0777; // a copy has another owner, so setuid would mean another user

Problem cannot(Use const& use, std::string_view verb, std::string const& path, int error_number)
{
    return {.code = code_of(error_number),
            .error_number = error_number,
            .subject = path,
            .message = "cannot " + std::string(verb) + " " + quoted(path),
            .option = label_of(use)};
}

Problem too_large(Use const& use, std::string const& path)
{
    return {.error_number = EFBIG,
            .subject = path,
            .message = quoted(path) + " is larger than 16 MiB",
            .option = label_of(use)};
}

} // namespace

int code_of(int error_number)
{
    switch (error_number) {
    case ENOENT:
    case ENOTDIR: return CTR_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return CTR_ERR_DENIED;
    case EMFILE:
    case ENFILE: return CTR_ERR_LIMIT;
    case ENOMEM: return CTR_ERR_NO_MEMORY;
    default: return CTR_ERR_FAILED;
    }
}

File::~File()
{
    if (descriptor_ >= 0)
        close(descriptor_);
}

Result<File> open_file(Use const& use, std::string const& path)
{
    int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return cannot(use, "read", path, errno);
    return File(descriptor);
}

Result<Content> read_file(Use const& use, std::string const& path)
{
    File const file = CLI_TRY(open_file(use, path));
    struct stat status = {};
    if (fstat(file.descriptor(), &status) != 0)
        return cannot(use, "read", path, errno);
    Content content = {.bytes = {}, .mode = status.st_mode & permission_bits};
    char buffer[32768];
    while (content.bytes.size() <= largest_content) {
        ssize_t const count = read(file.descriptor(), buffer, sizeof buffer);
        if (count < 0 && errno != EINTR)
            return cannot(use, "read", path, errno);
        if (count == 0)
            return content;
        if (count > 0)
            content.bytes.append(buffer, static_cast<size_t>(count));
    }
    return too_large(use, path);
}

} // namespace cli
