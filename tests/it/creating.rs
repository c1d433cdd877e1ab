//! Creating clusters: upstream's templates as forms, answers that the server takes where the form does, the commands, and what is
//! left of a program that is killed in the middle of it.

mod class;
mod commands;
mod formats;
mod killed;
mod like;
mod templates;
mod validity;
mod walkthrough;
