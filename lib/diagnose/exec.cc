// SPDX-License-Identifier: MIT
// Why a command could not be executed: the kernel says "No such file or directory" for a missing loader too. The file
// is read inside the container's root.
#include "base/text.h"
#include "diagnose/diagnose.h"
#include "diagnose/elf.h"
#include "sys/file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ctr::diagnose {

namespace {

constexpr size_t most_header = 64U << 10;

std::string absolute(std::string const& path, std::string const& cwd)
{
    return path.empty() || path[0] == '/' ? path : concat(cwd, "/", path);
}

std::string start_of(sys::Outcome<Fd> const& file)
{
    if (!file)
        return "";
    std::string start(most_header, '\0');
    ssize_t const got = ::pread(file.value.get(), start.data(), start.size(), 0);
    start.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return start;
}

std::string read_start(int root, std::string const& path)
{
    return start_of(sys::open_inside(root, path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
}

struct Found {
    std::string path; // inside the container
    bool exists = false;
    int error = 0; // why it cannot be looked at
    struct stat status = {};
    bool noexec = false;
};

Found look(int root, std::string const& path)
{
    Found found;
    found.path = path;
    sys::Outcome<Fd> const file = sys::open_inside(root, path.c_str(), O_PATH);
    found.error = file.error;
    if (!file || ::fstat(file.value.get(), &found.status) != 0)
        return found;
    found.exists = true;
    struct statvfs fs = {};
    found.noexec = ::fstatvfs(file.value.get(), &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0;
    return found;
}

// The file that exec was about: as given, or the first along PATH that exists.
Found find_command(Command const& command, int root)
{
    if (command.file.find('/') != std::string::npos)
        return look(root, absolute(command.file, command.cwd));
    Found first;
    for (std::string_view const directory : split(command.search_path, ':')) {
        std::string const path = absolute(concat(directory.empty() ? "." : directory, "/", command.file), command.cwd);
        Found found = look(root, path);
        if (found.exists && S_ISREG(found.status.st_mode))
            return found;
        if (found.exists && !first.exists)
            first = std::move(found);
    }
    return first;
}

std::string octal(mode_t mode)
{
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode & 07777U);
    return text;
}

void say(Error& error, Code code, std::string message)
{
    error.code = code;
    error.message = std::move(message);
}

// What the kernel found may be nothing that can be seen from here: /proc/self/fd/9 is another process's.
bool is_missing(Error const& error) { return error.sys == ENOENT || error.sys == ENOTDIR; }

bool explain_missing(Error& error, Command const& command, Found const& found)
{
    if (found.exists)
        return false;
    if (error.sys == ELOOP)
        say(error, Code::not_executable, concat(quoted(command.file), " is a symbolic link that leads to itself"));
    else if (!is_missing(error))
        return false;
    else if (command.file.find('/') == std::string::npos)
        say(error, Code::no_command,
            concat(quoted(command.file), " was not found in PATH (", command.search_path, ")"));
    else
        say(error, Code::no_command, concat(quoted(command.file), " does not exist in the container"));
    return true;
}

bool explain_kind(Error& error, Found const& found)
{
    if (S_ISDIR(found.status.st_mode))
        say(error, Code::not_executable, concat(quoted(found.path), " is a directory"));
    else if (!S_ISREG(found.status.st_mode))
        say(error, Code::not_executable, concat(quoted(found.path), " is not a regular file"));
    else if (error.sys == EACCES && found.noexec)
        say(error, Code::not_executable, concat(quoted(found.path), " is on a file system mounted noexec"));
    else if (error.sys == EACCES && (found.status.st_mode & 0111) == 0)
        say(error, Code::not_executable,
            concat(quoted(found.path), " has no execute permission (its mode is ", octal(found.status.st_mode), ")"));
    else
        return false;
    return true;
}

bool explain_file(Error& error, Command const& command, Found const& found, int root, int depth);

// What a program or a script needs to be executed by.
bool explain_missing_helper(Error& error, std::string const& helper)
{
    if (error.sys == ELOOP)
        say(error, Code::not_executable, concat(helper, " is a symbolic link that leads to itself"));
    else if (is_missing(error))
        say(error, Code::no_command, concat(helper, " does not exist in the container"));
    else
        return false;
    return true;
}

bool explain_loader(Error& error, Found const& found, std::string const& name, int root)
{
    Found const loader = look(root, name);
    if (!loader.exists)
        return explain_missing_helper(error,
                                      concat("the loader ", quoted(name), " that ", quoted(found.path), " needs"));
    Error inner = error;
    if (!explain_kind(inner, loader))
        return false;
    say(error, inner.code, concat("the loader of ", quoted(found.path), " cannot be executed: ", inner.message));
    return true;
}

bool explain_elf(Error& error, Found const& found, std::string const& start, int root)
{
    auto const elf = parse_elf(start);
    if (!elf)
        return false;
    if (!elf->whole)
        say(error, Code::not_executable, concat(quoted(found.path), " is a truncated ELF file"));
    else if (error.sys == ENOEXEC && !elf->native)
        say(error, Code::not_executable,
            concat(quoted(found.path), " is for ", elf->machine, " and this machine is ", native_machine(),
                   ": no emulation is registered"));
    else if (!elf->interpreter.empty())
        return explain_loader(error, found, elf->interpreter, root);
    else
        return false;
    return true;
}

bool explain_interpreter(Error& error, Command const& command, Found const& found, Shebang const& shebang, int root,
                         int depth)
{
    Found const interpreter = look(root, absolute(shebang.interpreter, command.cwd));
    std::string const carriage =
        shebang.carriage_return ? "; the line ends with a carriage return (CR), as in a DOS text" : "";
    if (!interpreter.exists) {
        std::string const helper = concat("the interpreter ", quoted(shebang.interpreter), " of ", quoted(found.path));
        bool const told = explain_missing_helper(error, helper);
        error.message += told ? carriage : "";
        return told;
    }
    Error inner = error;
    if (!explain_file(inner, command, interpreter, root, depth + 1))
        return false;
    say(error, inner.code,
        concat("the interpreter of ", quoted(found.path), " cannot be executed: ", inner.message, carriage));
    return true;
}

bool explain_script(Error& error, Command const& command, Found const& found, std::string const& start, int root,
                    int depth)
{
    constexpr int most_depth = 5; // as the kernel
    auto const shebang = parse_shebang(start);
    if (!shebang)
        return false;
    if (shebang->interpreter.empty())
        say(error, Code::not_executable, concat("the first line of ", quoted(found.path), " names no interpreter"));
    else if (shebang->too_long)
        say(error, Code::not_executable,
            concat("the first line of ", quoted(found.path), " is longer than the kernel reads"));
    else if (depth >= most_depth)
        say(error, Code::not_executable, "interpreters are nested too deeply: each is a script that needs another one");
    else
        return explain_interpreter(error, command, found, *shebang, root, depth);
    return true;
}

bool explain_file(Error& error, Command const& command, Found const& found, int root, int depth)
{
    if (explain_kind(error, found))
        return true;
    std::string const start = read_start(root, found.path);
    return explain_elf(error, found, start, root) || explain_script(error, command, found, start, root, depth);
}

Found look_at(int fd, std::string const& name)
{
    Found found;
    found.path = name;
    found.exists = ::fstat(fd, &found.status) == 0;
    struct statvfs fs = {};
    found.noexec = ::fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0;
    return found;
}

void explain_descriptor(Error& error, Command const& command, int root)
{
    Found const found = look_at(command.fd, command.file);
    if (!found.exists || explain_kind(error, found))
        return;
    // A descriptor with O_PATH cannot be read from.
    std::string const again = concat("/proc/self/fd/", std::to_string(command.fd));
    std::string const start = start_of(sys::open_file(AT_FDCWD, again.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (parse_shebang(start))
        say(error, Code::not_executable,
            concat(quoted(command.file),
                   " is a script, and exec closes the descriptor that its interpreter would read"));
    else if (!explain_elf(error, found, start, root))
        say(error, Code::not_executable, concat(quoted(command.file), " cannot be executed by its descriptor"));
}

} // namespace

void explain_exec(Error& error, Command const& command, int root)
{
    if (root < 0 || error.sys == E2BIG || error.sys == ENOMEM)
        return;
    if (command.fd >= 0)
        return explain_descriptor(error, command, root);
    Found const found = find_command(command, root);
    if (explain_missing(error, command, found) || !found.exists || explain_file(error, command, found, root, 0))
        return;
    if (error.sys == ENOEXEC)
        say(error, Code::not_executable,
            concat(quoted(found.path), found.status.st_size == 0
                                           ? " is empty"
                                           : " is neither a program for this machine nor a script with a \"#!\" line"));
    else if (error.sys == EACCES && command.restricted)
        say(error, Code::not_executable,
            concat(quoted(found.path), " cannot be executed: the rules of Landlock do not allow it"));
    else
        say(error, error.sys == ENOENT ? Code::no_command : Code::not_executable,
            concat(quoted(found.path), " cannot be executed"));
}

} // namespace ctr::diagnose
