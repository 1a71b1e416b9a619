using System.CommandLine;
using System.CommandLine.Invocation;
using CoapBridge.Tools.Broker;
using CoapBridge.Tools.Demo;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Help;
using CoapBridge.Tools.Load;
using CoapBridge.Tools.Pki;

var root = new RootCommand("Tools around CoapBridge: see it work, make certificates, be a device or thousands, be a broker.")
{
    DemoCommand.Create(),
    DeviceCommand.Create(),
    LoadCommand.Create(),
    BrokerCommand.Create(),
    PkiCommand.Create(),
};
HelpWithExamples.AddTo(root);
var parsed = root.Parse(args);

// The demo lets its gateway drain before it ends.
var result = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
return parsed.Action is ParseErrorAction ? 2 : result;
