pub mod data;
pub mod error;
pub mod files;
pub mod kernel;
pub mod models;
pub mod nn;
pub mod pretrain;
pub mod rng;
pub mod session;
pub mod text;
pub mod train;
pub mod transfer;
pub mod tui;
pub mod vectors;
pub mod cli {
    pub fn main() -> std::process::ExitCode {
        std::process::ExitCode::SUCCESS
    }
}
