--- true: succeeds.
return function() return 0 end
