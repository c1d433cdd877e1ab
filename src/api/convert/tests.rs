//! Conversions, against upstream's definitions and templates.

mod facts;
mod keeping;
mod pairs;
mod round_trips;
mod schema;
