//! The one integration binary: the house, the clients, the walkthrough, the terminal.

mod house;
