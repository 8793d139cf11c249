//! What only a store on DynamoDB has to show: mishaps on the way to it, clocks, capacity, throttling, its table.

mod ambiguity;
mod bootstrap;
mod capacity;
mod checker;
mod clocks;
mod counters;
mod elsewhere;
mod foreign;
mod full;
mod lone;
mod setting;
mod several;
mod throttling;
mod user_agent;
