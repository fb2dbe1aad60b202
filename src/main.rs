//! The entry point. All code is in the library.

#[global_allocator]
static MEMORY: warmstart::kernel::pages::LargePages = warmstart::kernel::pages::LargePages;

fn main() -> std::process::ExitCode {
    warmstart::cli::main()
}
