using CoapBridge;

var command = CommandLine.Create().Parse(args);
var exitCode = await command.InvokeAsync();
return command.Errors.Count > 0 ? (int)ExitCode.Configuration : exitCode;
