using System.CommandLine;
using CoapBridge.Tools.Broker;
using CoapBridge.Tools.Pki;

return await new RootCommand("Tools for CoapBridge") { PkiCommand.Create(), BrokerCommand.Create() }.Parse(args).InvokeAsync();
