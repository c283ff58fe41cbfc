--- sh [-efux...] [-c TEXT | FILE] [ARGUMENT...]: a shell of its own.
return function(io) return require("axeberg.shell").main(io.args, io) end
